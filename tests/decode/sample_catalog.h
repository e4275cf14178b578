// A small catalog built by hand, so that decode is tested against the table format alone. It
// defines the functions of catalog/tables.h: one source file of a program includes it.
#pragma once

#include <string>
#include <vector>

#include "catalog/tables.h"

namespace syscope::sample {

using namespace catalog;

// The system calls of the sample, by number; not those of any real ABI.
enum Number : std::uint32_t {
  nr_read,
  nr_openat,
  nr_execve,
  nr_getsockname,
  nr_stat,
  nr_readv,
  nr_sendmsg,
  nr_poll,
  nr_fcntl,
  nr_sigprocmask,
  nr_getdents,
  nr_exit,
  nr_writev,
  nr_select,
  nr_getgroups,
  nr_signal,
  nr_uname,
  nr_sockopt,
  call_count
};

struct Sample {
  std::vector<Type> types;
  std::vector<Expression> expressions;
  std::vector<Field> fields;
  std::vector<Struct> structs;
  std::vector<Choice> choices;
  std::vector<Case> cases;
  std::vector<Param> params;
  std::vector<Prototype> prototypes;
  std::vector<Variants> variant_tables;
  std::vector<Variant> variants;
  std::vector<Call> calls;
  std::vector<Index> by_number;
  std::vector<Set> sets;
  std::vector<Member> members;
  std::vector<std::string> names{""};
  std::vector<std::string_view> hooks;
  Tables tables;

  Name name(std::string text) {
    names.push_back(std::move(text));
    return static_cast<Name>(names.size() - 1);
  }
  template <class T>
  static Index push(std::vector<T>& table, const T& row) {
    table.push_back(row);
    return static_cast<Index>(table.size() - 1);
  }
  static Type blank(TypeKind kind) {
    return {kind,    Notation::dec, 0,       Direction::none, 0,       0,
            nothing, nothing,       nothing, nothing,         nothing, 0};
  }
  Index number(unsigned width, Notation notation = Notation::dec, bool is_signed = false,
               Index set = nothing) {
    Type type = blank(TypeKind::number);
    type.notation = notation;
    type.width = static_cast<std::uint8_t>(width);
    type.size = width;
    type.flags = is_signed ? type_signed : 0;
    type.set = set;
    return push(types, type);
  }
  Index integer(Notation notation = Notation::dec) { return number(4, notation, true); }
  Index memory(TypeKind kind, Index length = nothing, Index filled = nothing,
               Index element = nothing, std::uint32_t size = 0) {
    Type type = blank(kind);
    type.length = length;
    type.filled = filled;
    type.element = element;
    type.size = size;
    return push(types, type);
  }
  Index to(Direction direction, Index element, Index fill = nothing, unsigned flags = 0) {
    Type type = blank(TypeKind::pointer);
    type.width = 8;
    type.size = 8;
    type.direction = direction;
    type.element = element;
    type.fill = fill;
    type.flags = static_cast<std::uint8_t>(flags);
    return push(types, type);
  }
  Index expr(Operator op, std::int64_t value = 0, unsigned width = 8, bool is_signed = false) {
    return push(expressions,
                {op, static_cast<std::uint8_t>(width), is_signed, 0, nothing, nothing, value});
  }
  Index both(Operator op, Index left, Index right) {
    return push(expressions, {op, 8, false, 0, left, right, 0});
  }
  struct FieldSpec {
    std::string name;
    Index type;
    std::uint32_t offset;
    unsigned flags = 0;
    Index condition = nothing;
  };
  Index structure(std::string title, std::uint32_t size, const std::vector<FieldSpec>& specs,
                  unsigned flags = 0) {
    const auto first = static_cast<std::uint32_t>(fields.size());
    for (const FieldSpec& spec : specs) {
      fields.push_back({name(spec.name), spec.type, spec.condition, spec.offset,
                        static_cast<std::uint16_t>(spec.flags), 0, 0, 0});
    }
    const Index index = push(
        structs, {name(std::move(title)), first, size, static_cast<std::uint16_t>(specs.size()),
                  static_cast<std::uint16_t>(flags)});
    Type type = blank(TypeKind::structure);
    type.element = index;
    type.size = (flags & struct_sized) != 0 ? 0 : size;
    return push(types, type);
  }
  Index hook(std::string_view title, Index length, Index filled = nothing, std::uint32_t size = 0) {
    return memory(TypeKind::hook, length, filled, push(hooks, title), size);
  }
  struct ParamSpec {
    std::string name;
    Index type;
    bool at_exit = false;
    Index condition = nothing;
  };
  Index prototype(const std::vector<ParamSpec>& specs, Index result, std::string_view hook = {},
                  unsigned first_argument = 0) {
    Prototype row{};
    row.first_param = static_cast<std::uint32_t>(params.size());
    row.param_count = static_cast<std::uint8_t>(specs.size());
    row.result = result;
    row.result_hook = hook.empty() ? nothing : push(hooks, hook);
    for (const ParamSpec& spec : specs) {
      params.push_back({name(spec.name), spec.type, spec.condition,
                        static_cast<std::uint8_t>(first_argument++), spec.at_exit, 0});
    }
    return push(prototypes, row);
  }
  void call(Number number, std::string title, const std::vector<ParamSpec>& specs, Index result,
            std::string_view hook = {}, Index with_variants = nothing) {
    by_number.resize(call_count, nothing);
    by_number[number] = push(calls, {name(std::move(title)), prototype(specs, result, hook),
                                     with_variants, 0, 0, number});
  }
  Index set(std::string title, SetKind kind, unsigned width,
            const std::vector<std::pair<std::string, std::uint64_t>>& values) {
    const auto first = static_cast<std::uint32_t>(members.size());
    for (const auto& [text, value] : values)
      members.push_back({value, value, name(text), catalog::MemberKind::named});
    return push(sets, {name(std::move(title)),
                       0,
                       first,
                       0,
                       static_cast<std::uint16_t>(values.size()),
                       kind,
                       static_cast<std::uint8_t>(width),
                       0xff,
                       false,
                       false,
                       false});
  }
  void fill();
  Sample();
};

inline Sample::Sample() {
  fill();
  tables = {types, expressions, fields,         structs,  choices, cases,     params,
            {},    prototypes,  variant_tables, variants, calls,   by_number, {}, {}};
}

inline void Sample::fill() {
  using enum Direction;
  // In the order of their names, as find_set wants them.
  const Index families =
      set("address_family", SetKind::enumeration, 2, {{"AF_UNIX", 1}, {"AF_INET", 2}});
  const Index open_names = set("open_flags", SetKind::flags, 4, {{"O_CREAT", 0100}});
  const Index poll_names = set("poll_events", SetKind::flags, 2, {{"POLLIN", 1}, {"POLLOUT", 4}});
  set("scm_type", SetKind::enumeration, 4, {{"SCM_RIGHTS", 1}});
  set("sock_level", SetKind::enumeration, 4, {{"SOL_SOCKET", 1}});

  const Index fd = integer(Notation::fd);
  const Index int_type = integer();
  const Index size = number(8);
  const Index result = expr(Operator::result);
  const auto arg = [&](int i, unsigned width = 8, bool is_signed = false) {
    return expr(Operator::argument, i, width, is_signed);
  };

  call(nr_read, "read",
       {{"fd", fd},
        {"buf", to(out, memory(TypeKind::bytes, arg(2), result)), true},
        {"count", size, true}},
       size);

  const Index open_flags = number(4, Notation::bits, false, open_names);
  call(nr_openat, "openat",
       {{"dirfd", integer(Notation::dirfd)},
        {"pathname", to(in, memory(TypeKind::path))},
        {"flags", open_flags},
        {"mode", number(4, Notation::mode), false,
         both(Operator::bit_and, arg(2, 4), expr(Operator::constant, 0100))}},
       fd);

  call(nr_execve, "execve",
       {{"pathname", to(in, memory(TypeKind::path))},
        {"argv", to(in, memory(TypeKind::strings))},
        {"envp", to(in, memory(TypeKind::environment))}},
       int_type);

  // struct sockaddr { sa_family; : switch sa_family { 1: sun_path  2: in  else: bytes } }
  const Index family = number(2, Notation::symbol, false, families);
  const Index unix_address =
      structure("sockaddr_un", 0, {{"sun_path", hook("sun_path", expr(Operator::available)), 0}},
                struct_sized);
  const Index inet_address = structure(
      "sockaddr_in", 6,
      {{"sin_port", number(2, Notation::be16), 0}, {"sin_addr", number(4, Notation::ip4), 2}},
      struct_sized);
  const Index other_address =
      structure("sockaddr_other", 0,
                {{"sa_data", memory(TypeKind::bytes, expr(Operator::available)), 0}}, struct_sized);
  const auto first_case = static_cast<std::uint32_t>(cases.size());
  cases.push_back({1, unix_address, {}});
  cases.push_back({2, inet_address, {}});
  Type rest = blank(TypeKind::choice);
  rest.element = push(choices, {expr(Operator::field, 0, 2), other_address, first_case, 2, 0});
  const Index sockaddr =
      structure("sockaddr", 2, {{"sa_family", family, 0}, {"", push(types, rest), 2, field_splice}},
                struct_sized);
  Type sized_address = types[sockaddr];
  sized_address.length = expr(Operator::pointee, 2, 4, true);
  sized_address.filled = sized_address.length;
  call(nr_getsockname, "getsockname",
       {{"sockfd", fd},
        {"addr", to(out, push(types, sized_address)), true},
        {"addrlen", to(inout, int_type), true}},
       int_type);

  // struct stat { ino, *mode, *size, _pad hidden, blocks nonzero }
  const Index stat = structure("stat", 32,
                               {{"st_ino", size, 0},
                                {"st_mode", number(4, Notation::filemode), 8, field_brief},
                                {"_pad", number(4), 12, field_hidden},
                                {"st_size", size, 16, field_brief},
                                {"st_blocks", size, 24, field_nonzero}},
                               struct_has_brief);
  call(nr_stat, "stat",
       {{"pathname", to(in, memory(TypeKind::path))}, {"statbuf", to(out, stat), true}}, int_type);

  call(nr_readv, "readv",
       {{"fd", fd},
        {"iov", to(out, memory(TypeKind::scatter, arg(2), result)), true},
        {"iovcnt", size, true}},
       size);
  call(nr_writev, "writev",
       {{"fd", fd}, {"iov", to(in, memory(TypeKind::scatter, arg(2)))}, {"iovcnt", size}}, size);

  Type named = types[sockaddr];
  named.length = expr(Operator::field, 8, 4, true);
  const Index msghdr = structure(
      "msghdr", 56,
      {{"msg_name", to(none, push(types, named), nothing, type_inherit), 0},
       {"msg_namelen", int_type, 8},
       {"msg_iov",
        to(none, memory(TypeKind::scatter, expr(Operator::field, 24), expr(Operator::fill)),
           nothing, type_inherit),
        16},
       {"msg_iovlen", size, 24},
       {"msg_control",
        to(none, hook("control_messages", expr(Operator::field, 40)), nothing, type_inherit), 32, 0,
        expr(Operator::field, 40)},
       {"msg_controllen", size, 40},
       {"msg_flags", number(4, Notation::hex), 48}});
  call(nr_sendmsg, "sendmsg",
       {{"sockfd", fd}, {"msg", to(in, msghdr, result)}, {"flags", number(4, Notation::hex)}},
       size);

  const Index events = number(2, Notation::bits, false, poll_names);
  const Index pollfd = structure(
      "pollfd", 8, {{"fd", fd, 0}, {"events", events, 4}, {"revents", events, 6, field_hidden}});
  call(nr_poll, "poll",
       {{"fds", to(in, memory(TypeKind::array, arg(1, 4), nothing, pollfd))},
        {"nfds", number(4)},
        {"timeout", int_type}},
       int_type, "poll_result");
  const Index timeval = structure("timeval", 16, {{"tv_sec", size, 0}, {"tv_usec", size, 8}});
  const Index descriptors = to(in, memory(TypeKind::fdset, arg(0, 4, true)));
  call(nr_select, "select",
       {{"nfds", int_type},
        {"readfds", descriptors},
        {"writefds", descriptors},
        {"exceptfds", descriptors},
        {"timeout", to(in, timeval)}},
       int_type, "select_result");

  // fcntl by op { 0: (arg: int) -> fd   1: () }
  const auto first_variant = static_cast<std::uint32_t>(variants.size());
  variants.push_back({0, prototype({{"fd", fd}, {"op", int_type}, {"arg", int_type}}, fd), {}});
  variants.push_back({1, prototype({{"fd", fd}, {"op", int_type}}, int_type), {}});
  const Index by_op = push(variant_tables, {1, {1, 0}, 0, first_variant, 2, ~std::uint64_t{0}});
  call(nr_fcntl, "fcntl", {{"fd", fd}, {"op", int_type}, {"arg", number(8, Notation::hex)}},
       int_type, {}, by_op);

  call(nr_sigprocmask, "sigprocmask",
       {{"how", int_type}, {"set", to(in, memory(TypeKind::sigset, arg(2)))}, {"size", size}},
       int_type);
  call(nr_getdents, "getdents64",
       {{"fd", fd},
        {"dirp", to(out, hook("dirents64", arg(2), result)), true},
        {"count", size, true}},
       size);
  call(nr_exit, "exit", {{"status", int_type}}, nothing);
  call(
      nr_getgroups, "getgroups",
      {{"size", int_type},
       {"list", to(out, memory(TypeKind::array, arg(0, 4, true), result, number(4, Notation::gid))),
        true}},
      int_type);
  call(nr_signal, "signal",
       {{"signum", integer(Notation::signo)},
        {"handler", hook("signal_handler", expr(Operator::constant, 8))},
        {"unknown", to(in, hook("not_a_hook", expr(Operator::constant, 4)))}},
       int_type);
  call(nr_uname, "uname",
       {{"buf",
         to(out,
            structure(
                "utsname", 16,
                {{"sysname",
                  memory(TypeKind::string, expr(Operator::constant, 8), nothing, nothing, 8), 0},
                 {"release",
                  memory(TypeKind::string, expr(Operator::constant, 8), nothing, nothing, 8), 8}})),
         true}},
       int_type);
  call(nr_sockopt, "sockopt",
       {{"fd", fd}, {"value", to(inout, int_type), true}, {"address", to(inout, timeval), true}},
       int_type);
}

inline const Sample& the() {
  static const Sample sample;
  return sample;
}

}  // namespace syscope::sample

namespace syscope::catalog {

const Tables& tables(Abi) { return sample::the().tables; }
std::string_view text(Name name) { return sample::the().names[name]; }
std::span<const Set> sets() { return sample::the().sets; }
std::span<const Member> members() { return sample::the().members; }
std::span<const std::uint16_t> sorted() { return {}; }
std::span<const Meaning> meanings() { return {}; }
std::span<const std::string_view> hooks() { return sample::the().hooks; }
std::span<const std::string_view> classes() { return {}; }

}  // namespace syscope::catalog
