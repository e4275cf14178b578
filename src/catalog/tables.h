// The catalog as flat, read-only tables: what catalogc emits and everybody reads. No pointers
// inside, so the tables need no relocation and are shared between processes.
//
// Types, fields and prototypes exist once per ABI, because sizes and offsets differ; sets of
// constants, names and classes are shared. docs/catalog.md describes the language they are compiled
// from.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "abi/abi.h"
#include "catalog/plan.h"

namespace syscope::catalog {

// Index into one of the tables below; `nothing` is no entry.
using Index = std::uint16_t;
inline constexpr Index nothing = 0xffff;

// A name in the pool: text() gives it.
using Name = std::uint32_t;

// How a number is written. The names are those of the catalog language.
enum class Notation : std::uint8_t {
  dec,     // 42, -1
  hex,     // 0x2a, 0
  oct,     // 052
  symbol,  // enum: one name of a set
  bits,    // flags: names of a set, joined by |
  addr,    // 0x7f..., NULL
  fd,      // 3; -1
  dirfd,   // AT_FDCWD or 3
  pid,     // a process or thread in the tracee's PID namespace
  tid,
  pgid,
  uid,  // 1000; -1
  gid,
  signo,        // SIGINT
  error,        // a number that is an errno: EAGAIN
  mode,         // 0644
  filemode,     // S_IFREG|0644
  dev,          // makedev(0x8, 0x1)
  be16,         // htons(80)
  be32,         // htonl(0x7f000001)
  be64,         // htobe64(80)
  ip4,          // inet_addr("127.0.0.1")
  ip6,          // inet_pton(AF_INET6, "::1", &name): 16 bytes, not a number
  mac,          // aa:bb:cc:dd:ee:ff: bytes
  ifindex,      // if_nametoindex("lo")
  wstatus,      // WIFEXITED(s) && WEXITSTATUS(s) == 0
  rlim,         // 8192*1024, RLIM_INFINITY
  rlim64,       // 8192*1024, RLIM64_INFINITY
  seconds,      // a time: 1700000000 /* 2023-11-14T22:13:20+0000 */
  nanoseconds,  // belongs to the `seconds` or the `instant` before it
  exitsig,      // the low byte of clone flags
  boolean,
  ioctl,      // a name, or _IOC(_IOC_READ, 0x54, 0x30, 0x4)
  character,  // 'x'
  hex8,       // 0x00002a, 00000000: as many characters as its width has digits
  ticks,      // a time in hundredths of a second: 30 /* 0.30 s */
  outcome,    // 2; -EFAULT where it is negative
  instant,    // seconds whose date is told only where names are wanted
};

enum class TypeKind : std::uint8_t {
  number,       // `width` bytes in `notation`; symbol and bits: `set`
  pointer,      // of the ABI's word size, to `element`; `direction` says when the memory counts
  string,       // NUL-terminated within `length` bytes (in a struct) or memory (behind a pointer)
  path,         // a string that -s does not shorten
  bytes,        // `length` bytes shown as a quoted string. This and scatter: of a netlink socket
                // they are shown as the type `element`, if there is one
  array,        // `length` times `element`
  structure,    // `element` is an index into structs
  choice,       // `element` is an index into choices
  scatter,      // `length` struct iovec, whose buffers share `filled`
  strings,      // NULL-terminated array of pointers to strings (argv)
  environment,  // the same, shown as its count unless -v
  sigset,       // `length` bytes
  fdset,        // `length` bits
  cpuset,       // `length` bytes; with a `set`, its members say what the bits mean
  hook,         // decode's function of that name over `length` bytes; `element` indexes hooks
  attributes,   // netlink attributes; `element` is an index into attribute tables
  chain,        // structs `element`, each as long as its first field says, aligned to 4
};

enum class Direction : std::uint8_t {
  none = 0,   // not a pointer
  in = 1,     // meaningful at entry
  out = 2,    // meaningful at exit, of calls that succeeded
  inout = 3,  // both; shown as `before => after` where they differ
};

enum TypeFlag : std::uint8_t {
  type_signed = 1,
  type_big_endian = 2,
  type_always = 4,    // out memory counts even when the call failed
  type_inherit = 8,   // a pointer inside a struct: the direction is that of the memory around it
  type_verbose = 16,  // a pointer whose memory is shown only where nothing is abbreviated (-v)
  type_any_width = 32,  // a number as wide as the netlink attribute that it fills, up to 8 bytes
};

struct Type {
  TypeKind kind;
  Notation notation;
  std::uint8_t width;  // number, pointer: bytes
  Direction direction;
  std::uint8_t flags;  // TypeFlag
  std::uint8_t unused;
  Index set;      // number: index into sets, or nothing; array: names of the positions, or nothing
  Index element;  // by kind
  Index length;   // index into expressions, or nothing: one element, or as long as the memory
  Index filled;   // the part that counts at exit: index into expressions, or nothing
  Index fill;     // what `fill` means to the expressions behind this pointer or inside this struct
  std::uint32_t size;  // bytes in memory; 0 if it varies
};

// Arithmetic over what a record holds. A node refers to earlier nodes only.
enum class Operator : std::uint8_t {
  constant,  // value
  argument,  // value = argument number
  pointee,   // value = argument number: the number that argument points to; in a `length` as of the
             // entry, in a `filled` as of the exit
  result,
  fill,       // the ambient length that the surroundings set
  field,      // value = offset in the surrounding struct, width bytes
  outer,      // value = offset in the struct around the surrounding one
  available,  // bytes that the surrounding pointer gave to a sized struct
  after,      // 1 for memory as of the exit, 0 as of the entry
  protocol,   // of the netlink socket in argument 0; -1 if it is none
  position,   // of the struct in the array around it, from 0
  sibling,    // text_key() of the string in the netlink attribute `value` among those in front
  add,
  subtract,
  multiply,
  divide,
  bit_and,
  bit_or,
  bit_not,
  shift_left,
  shift_right,
  equal,
  not_equal,
  less,
  greater,
  less_equal,
  greater_equal,
  logical_and,
  logical_or,
  logical_not,
};

struct Expression {
  Operator op;
  std::uint8_t
      width;  // field, outer, argument, pointee: bytes; the sign is extended where is_signed
  bool is_signed;
  std::uint8_t unused;
  Index left;
  Index right;
  std::int64_t value;
};

enum FieldFlag : std::uint16_t {
  field_brief = 1,     // part of the abbreviated form
  field_nonzero = 2,   // shown only if it is not zero
  field_hidden = 4,    // never shown (padding); other expressions may use it
  field_splice = 8,    // its members stand in the braces of the surrounding struct
  field_bare = 16,     // shown without its name
  field_changes = 32,  // behind an `io` pointer: shown as before => after where they differ
  field_behind = 64,   // all bytes behind the struct, written behind its braces: [{...}, ...]
  field_folded = 128,   // an array: where anything is abbreviated, its elements are not shown at all
  field_renamed = 256,  // changes: its name is written again, before => name=after
};

struct Field {
  Name name;
  Index type;
  Index condition;  // shown only where this is not zero; nothing: always
  std::uint32_t offset;
  std::uint16_t flags;       // FieldFlag
  std::uint16_t bit_offset;  // bit fields: first bit in the number
  std::uint16_t bit_width;   // 0: not a bit field
  std::uint16_t shift;       // of struct_joined: written behind it, as <<8; 0: nothing
};

enum StructFlag : std::uint16_t {
  struct_sized = 1,      // callers may hand over fewer bytes: later fields are then left out
  struct_has_brief = 2,  // some field is marked brief: the others wait for -v
  struct_padded = 4,     // sized, and the bytes that callers do not hand over count as zeros
  struct_changes = 8,    // some field changes: behind an `io` pointer, the struct is written once
  struct_torn = 16,      // sized, and what there is of a field that is cut is shown as its bytes
  struct_first = 32,     // of memory too short for it, the first field is shown, then ...
  struct_joined = 64,    // the fields are written as one number would be: A<<8|B
  struct_gaps = 128,     // an ellipsis stands wherever fields wait for -v, not only at the end
  struct_list = 256,     // written in brackets: [1, KEY_ESC]
  struct_zeroed = 512,   // says nothing while it is zero: a joined parameter then stands alone
};

struct Struct {
  Name name;
  std::uint32_t first_field;
  std::uint32_t size;
  std::uint16_t field_count;
  std::uint16_t flags;        // StructFlag
  Index condition = nothing;  // behind a pointer, shown only where this is not zero; nothing: always
  std::uint16_t unused = 0;
};

// A type that depends on a value.
struct Choice {
  Index discriminator;  // expression
  Index otherwise;      // type, or nothing: not shown
  std::uint32_t first_case;
  std::uint16_t case_count;  // sorted by value
  std::uint16_t unused;
};
struct Case {
  std::int64_t value;
  Index type;
  std::uint16_t unused[3];
};

// The netlink attributes of one level: netlink(7). Their cases are types of what an attribute of
// that number holds, sorted; a value that no type fits is shown as bytes.
struct AttributeTable {
  Index set;        // the names of the attributes
  Index otherwise;  // type of those without a case, or nothing
  std::uint32_t first_case;
  std::uint16_t case_count;
  std::uint16_t unused;
};

// What a text stands for where numbers are compared (FNV-1a of 64 bits).
[[nodiscard]] constexpr std::int64_t text_key(std::string_view text) {
  std::uint64_t key = 0xcbf29ce484222325;
  for (const char c : text) key = (key ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return static_cast<std::int64_t>(key);
}

struct Param {
  Name name;
  Index type;
  Index condition;        // shown only where this is not zero; nothing: always
  std::uint8_t argument;  // register number 0..5; a number of 8 bytes where words have 4 takes this
                          // register for its low half and the next one for its high half
  bool at_exit;           // cannot be shown before the call has ended
  bool named;             // always written with its name
  bool joined;            // what the call made of the one before: written behind => if not empty
};

// What a call does to the table of descriptors and the process: `!opens(ret, flags)`.
enum class EffectKind : std::uint8_t {
  opens,
  closes,
  dups,
  execs,
  forks,
  chdirs,
  maps,
  unmaps,
  waits,
  binds,
  receives,
};
struct Effect {
  EffectKind kind;
  std::uint8_t operand_count;
  std::int8_t operands[4];  // argument numbers; -1: the result
  std::uint16_t unused;
};

// Parameters, result and plan: of a call, or of one variant of a call.
struct Prototype {
  std::uint32_t first_param;
  std::uint8_t param_count;
  std::uint8_t effect_count;
  Index result;       // type; nothing: the call does not return
  Index result_hook;  // adds words behind the result: "(Timeout)", "([{fd=0, revents=POLLIN}])"
  std::uint32_t first_effect;
  sc_plan plan;
};

// Calls whose parameters depend on one or two of their arguments.
struct Variants {
  std::uint8_t argument_count;  // 1 or 2
  std::uint8_t arguments[2];
  std::uint8_t unused;
  std::uint32_t first;
  std::uint32_t count;
  std::uint64_t mask;  // applied to the last of the arguments
  std::uint64_t any_size;  // where no key is found: the argument under this mask, marked by `sized`
};
// The bits of a request of ioctl(2) that are the size of its argument.
inline constexpr std::uint64_t ioctl_size_bits = 0x3fff0000;
// In keys: the size in the number of an ioctl(2) may be any.
inline constexpr std::uint64_t sized = std::uint64_t{1} << 32;
// key: the (masked, 32-bit) argument; with two arguments: first << 32 | second. Sorted by key.
struct Variant {
  std::uint64_t key;
  Index prototype;
  std::uint16_t unused[3];
};

struct Call {
  Name name;
  Index prototype;
  Index variants;         // nothing: none
  std::uint32_t classes;  // bit set of classes()
  Name summary;           // what it does, in a line: for explain; 0: not written yet
  std::uint32_t number;
};

// A set of named constants.
enum class SetKind : std::uint8_t { enumeration, flags };
enum class MemberKind : std::uint32_t {
  named,
  otherwise,  // `name` is the comment of a field of several bits (mask) that has no other member
  shifted,    // the number in the bits of `mask`, if not zero: 0x1<<NAME
  counted,    // the same in decimal, behind bits without a name: 21<<NAME; if `value` is not 0, a
              // number of its own in every style
  octal,      // the bits of `mask` are written in octal behind everything else; no name
  decimal,    // the same, in decimal
  hex,        // the same, in hexadecimal
  apart,      // the field of several bits (mask) is a number of its own in every style, before the
              // rest; `name` is the comment of its unknown values, perhaps empty
  behind,     // no member: the fields after it are written behind everything else, one by one
  based,      // the first of many numbers, those that are the same in the bits of `mask`: NAME+0x12
  sized,      // enumeration: a request of ioctl(2) of any size, which is written behind the name
};
// A set whose values differ between ABIs is there once for each version, under the same name.
struct Set {
  Name name;
  Name unknown;  // "SCHED_???", or 0: numbers without a name stand alone
  std::uint32_t first_member;
  std::uint32_t
      by_value;  // enumeration: first of member_count positions in `sorted`, each relative
                 // to first_member, by value; equal values in the order of printing, those
                 // of other kinds than `named` last
  std::uint16_t member_count;
  SetKind kind;
  std::uint8_t width;
  std::uint8_t abis;  // bit set, by enum Abi: where it holds
  bool is_decimal;    // values without a name are decimal numbers, with a sign
  bool is_commented;  // the number is written, and its name as a comment
  bool has_parts;     // some member is a number of its own
};
// Values are cut to the width of the set, without sign: so must v be. Of an enumeration, mask ==
// ~0, but of a sized one: the bits besides the size. A number v has member m if (v & m.mask) == m.value. Plain flags: mask == value; a member of a
// `mask` group: the mask of the group; flag names for zero: mask == ~0.
struct Member {
  std::uint64_t value;
  std::uint64_t mask;
  Name name;
  MemberKind kind;
};

// What a name means to a subject: an error to a call, a constant to its set. The subject `any`
// explains errors in general, `signal` signals; `path`, `fd`, `address` and `waits` explain the
// errors of every call that has such an argument, or may wait.
struct Meaning {
  Name subject;
  Name name;
  Name text;
};

// The tables of one ABI.
struct Tables {
  std::span<const Type> types;
  std::span<const Expression> expressions;
  std::span<const Field> fields;
  std::span<const Struct> structs;
  std::span<const Choice> choices;
  std::span<const Case> cases;
  std::span<const Param> params;
  std::span<const Effect> effects;
  std::span<const Prototype> prototypes;
  std::span<const Variants> variant_tables;
  std::span<const Variant> variants;
  std::span<const Call> calls;            // by name
  std::span<const Index> call_by_number;  // nothing where there is no such call
  std::span<const sc_op> ops;
  std::span<const AttributeTable> attribute_tables;
};

// Those of x32 are empty.
[[nodiscard]] const Tables& tables(Abi abi);

// Shared by all ABIs.
[[nodiscard]] std::string_view text(Name name);
[[nodiscard]] std::span<const Set> sets();  // by name
[[nodiscard]] std::span<const Member> members();
[[nodiscard]] std::span<const std::uint16_t> sorted();      // see Set::by_value
[[nodiscard]] std::span<const std::string_view> hooks();    // names; decode maps them to functions
[[nodiscard]] std::span<const Meaning> meanings();          // by the texts of subject and name
[[nodiscard]] std::span<const std::string_view> classes();  // "file", "desc", ...: bit numbers

}  // namespace syscope::catalog
