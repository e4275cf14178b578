#include "explain/words.h"

namespace syscope::explain {
namespace {

using catalog::Direction;
using catalog::Index;
using catalog::Notation;
using catalog::Tables;
using catalog::Type;
using catalog::TypeKind;

std::string_view number_in_c(const Type& type) {
  switch (type.notation) {
    case Notation::fd:
    case Notation::dirfd:
    case Notation::signo: return "int";
    case Notation::pid:
    case Notation::tid:
    case Notation::pgid: return "pid_t";
    case Notation::uid: return "uid_t";
    case Notation::gid: return "gid_t";
    case Notation::mode:
    case Notation::filemode: return "mode_t";
    case Notation::dev: return "dev_t";
    case Notation::addr: return "void *";
    default: break;
  }
  const bool is_signed = (type.flags & catalog::type_signed) != 0;
  if (type.width <= 4) return is_signed ? "int" : "unsigned int";
  if (is_signed) return "long";
  return type.notation == Notation::dec ? "size_t" : "unsigned long";
}

std::string structure_in_c(const Tables& tables, const Type& type) {
  return "struct " + std::string(catalog::text(tables.structs[type.element].name)) + ' ';
}

// What a pointer points to, with a blank behind it.
std::string pointee_in_c(const Tables& tables, const Type& type) {
  switch (type.kind) {
    case TypeKind::number: {
      const std::string_view name = number_in_c(type);
      return name.ends_with('*') ? std::string(name) : std::string(name) + ' ';
    }
    case TypeKind::structure:
    case TypeKind::chain: return structure_in_c(tables, type);
    case TypeKind::array: return pointee_in_c(tables, tables.types[type.element]);
    case TypeKind::string:
    case TypeKind::path: return "char ";
    case TypeKind::strings:
    case TypeKind::environment: return "char *const ";
    case TypeKind::scatter: return "struct iovec ";
    case TypeKind::sigset: return "sigset_t ";
    case TypeKind::fdset: return "fd_set ";
    case TypeKind::cpuset: return "cpu_set_t ";
    default: return "void ";
  }
}

// What a call reads and C does not declare const: select(2) changes its sets.
bool is_never_const(const Type& type) {
  return type.kind == TypeKind::strings || type.kind == TypeKind::environment ||
         type.kind == TypeKind::fdset;
}

// With a blank behind it, unless a star ends it.
std::string type_in_c(const Tables& tables, Index index) {
  const Type& type = tables.types[known_alternative(tables, index)];
  if (type.kind == TypeKind::pointer) {
    const Type& pointee = tables.types[type.element];
    const bool is_const = type.direction == Direction::in && !is_never_const(pointee);
    return (is_const ? "const " : "") + pointee_in_c(tables, pointee) + '*';
  }
  if (type.kind != TypeKind::number) return "unsigned long ";
  return pointee_in_c(tables, type);
}

std::string result_in_c(const Tables& tables, Index result) {
  if (result == catalog::nothing) return "void ";
  const std::string type = type_in_c(tables, result);
  return type == "size_t " ? "ssize_t " : type;  // or -1
}

}  // namespace

std::string declaration(const Tables& tables, const catalog::Call& call) {
  const catalog::Prototype& prototype = tables.prototypes[call.prototype];
  std::string text = result_in_c(tables, prototype.result);
  text.append(catalog::text(call.name)).append("(");
  bool is_first = true;
  for (const catalog::Param& param : own_parameters(tables, prototype)) {
    if (!is_first) text.append(", ");
    is_first = false;
    text.append(type_in_c(tables, param.type)).append(catalog::text(param.name));
  }
  return text.append(is_first ? "void)" : ")");
}

}  // namespace syscope::explain
