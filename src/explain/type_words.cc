#include "explain/words.h"

namespace syscope::explain {
namespace {

using catalog::Direction;
using catalog::Index;
using catalog::Notation;
using catalog::Tables;
using catalog::Type;
using catalog::TypeKind;

// Deep enough for a pointer to an array of structs; types of broken tables end here too.
constexpr int deepest = 6;

std::string number_in_words(const Type& type) {
  if (type.set != catalog::nothing) {
    const catalog::Set& set = catalog::sets()[type.set];
    const bool one = set.kind == catalog::SetKind::enumeration;
    return (one ? "one of " : "flags of ") + std::string(catalog::text(set.name));
  }
  switch (type.notation) {
    case Notation::fd: return "a descriptor";
    case Notation::dirfd: return "a directory's descriptor, or AT_FDCWD";
    case Notation::pid: return "a process";
    case Notation::tid: return "a thread";
    case Notation::pgid: return "a process group";
    case Notation::uid: return "a user";
    case Notation::gid: return "a group";
    case Notation::signo: return "a signal";
    case Notation::error: return "an error number";
    case Notation::mode: return "permissions";
    case Notation::filemode: return "type and permissions of a file";
    case Notation::dev: return "a device number";
    case Notation::addr: return "an address";
    case Notation::ifindex: return "a network interface";
    case Notation::ip4:
    case Notation::ip6: return "an IP address";
    case Notation::seconds: return "a time in seconds";
    case Notation::boolean: return "yes or no";
    default: return type.flags & catalog::type_signed ? "a number" : "a number, not negative";
  }
}

std::string in_words(const Tables& tables, Index index, int depth);

std::string pointer_in_words(const Tables& tables, const Type& type, int depth) {
  const std::string behind = in_words(tables, type.element, depth + 1);
  switch (type.direction) {
    case Direction::in: return behind;
    case Direction::out: return "filled by the call: " + behind;
    case Direction::inout: return "read and changed by the call: " + behind;
    case Direction::none: break;
  }
  return "an address";
}

std::string in_words(const Tables& tables, Index index, int depth) {
  if (index >= tables.types.size() || depth > deepest) return "a value";
  const Type& type = tables.types[index];
  switch (type.kind) {
    case TypeKind::number: return number_in_words(type);
    case TypeKind::pointer: return pointer_in_words(tables, type, depth);
    case TypeKind::string: return "a string";
    case TypeKind::path: return "a path";
    case TypeKind::bytes: return "a buffer";
    case TypeKind::array: return "an array: each " + in_words(tables, type.element, depth + 1);
    case TypeKind::structure:
      return "struct " + std::string(catalog::text(tables.structs[type.element].name));
    case TypeKind::choice: return "depends on other arguments";
    case TypeKind::scatter: return "a list of buffers (struct iovec)";
    case TypeKind::strings: return "a list of strings";
    case TypeKind::environment: return "the environment, a list of strings";
    case TypeKind::sigset: return "a set of signals";
    case TypeKind::fdset: return "a set of descriptors";
    case TypeKind::cpuset: return "a set of CPUs";
    case TypeKind::attributes: return "netlink attributes";
    case TypeKind::chain:
      return "struct " + std::string(catalog::text(tables.structs[type.element].name)) +
             ", one behind the other";
    case TypeKind::hook: return "a buffer of " + std::string(catalog::hooks()[type.element]);
  }
  return "a value";
}

}  // namespace

std::string type_in_words(const Tables& tables, Index type) {
  return in_words(tables, known_alternative(tables, type), 0);
}

Index known_alternative(const Tables& tables, Index index) {
  const Type& type = tables.types[index];
  if (type.kind != TypeKind::choice) return index;
  const catalog::Choice& choice = tables.choices[type.element];
  Index known = catalog::nothing;
  const auto is_known = [&](Index one) {
    if (one == catalog::nothing || tables.types[one].kind == TypeKind::number) return true;
    if (known != catalog::nothing && known != one) return false;
    known = one;
    return true;
  };
  bool is_single = is_known(choice.otherwise);
  for (const catalog::Case& one : tables.cases.subspan(choice.first_case, choice.case_count))
    is_single = is_single && is_known(one.type);
  return is_single && known != catalog::nothing ? known : index;
}

bool is_pointer(const Tables& tables, Index type) {
  return type < tables.types.size() && tables.types[type].kind == TypeKind::pointer;
}

}  // namespace syscope::explain
