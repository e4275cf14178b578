"""A daemon that polls a database, for the tests: the part of the client protocol of MariaDB and MySQL
that logs in without a password and sends one statement. Usage: exampledaemon.py PORT STATEMENT"""
import socket
import struct
import sys


def read_packet(connection):
    header = connection.recv(4, socket.MSG_WAITALL)
    size = int.from_bytes(header[:3], "little")
    return connection.recv(size, socket.MSG_WAITALL)


def log_in(port):
    connection = socket.create_connection(("127.0.0.1", port))
    read_packet(connection)  # the greeting
    protocol_41_secure_with_database = 0x200 | 0x8000 | 0x8
    answer = (struct.pack("<IIB23x", protocol_41_secure_with_database, 1 << 24, 45)
              + b"suitecrm\0" + b"\0" + b"suitecrm\0")
    connection.sendall(len(answer).to_bytes(3, "little") + b"\x01" + answer)
    if read_packet(connection)[:1] != b"\0":
        sys.exit("the login failed")
    return connection


def poll_database(connection, statement):
    query = b"\x03" + statement.encode()
    connection.sendall(len(query).to_bytes(3, "little") + b"\0" + query)
    return connection.recv(1)


def main():
    connection = log_in(int(sys.argv[1]))
    print("ready", flush=True)
    poll_database(connection, sys.argv[2])


if __name__ == "__main__":
    main()
