"""One hop of a chain of servers, for the tests: takes one request, and asks the next for the answer.
Usage: hop.py proxy NEXT-PORT | hop.py app DATABASE-PORT. Prints the port it listens on."""
import socket
import sys

import exampledaemon


def ask_next(port, request):
    upstream = socket.create_connection(("127.0.0.1", port))
    upstream.sendall(request)
    return upstream.recv(65536)


def main():
    role, port = sys.argv[1], int(sys.argv[2])
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    client, _ = listener.accept()
    request = client.recv(65536)
    if role == "proxy":
        client.sendall(ask_next(port, request))
    else:
        exampledaemon.poll_database(exampledaemon.log_in(port), "SELECT SLEEP(182)")


if __name__ == "__main__":
    main()
