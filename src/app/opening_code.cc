#include "app/opening_code.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "catalog/find.h"

namespace syscope::app {
namespace {

using capture::openings::Opening;
using capture::openings::Openings;

bool has_opening_effect(const catalog::Tables& tables, const catalog::Prototype& prototype) {
  const auto effects = tables.effects.subspan(prototype.first_effect, prototype.effect_count);
  return std::ranges::any_of(effects, [](const catalog::Effect& effect) {
    return effect.kind == catalog::EffectKind::opens || effect.kind == catalog::EffectKind::dups;
  });
}

bool opens(std::uint32_t number, const std::uint64_t (&arguments)[6]) {
  const catalog::Tables& tables = catalog::tables(Abi::x86_64);
  const catalog::Call* const call = catalog::find_call(tables, number);
  return call != nullptr &&
         has_opening_effect(tables, catalog::find_prototype(tables, *call, arguments));
}

std::vector<std::uint32_t> calls_that_may_open() {
  const catalog::Tables& tables = catalog::tables(Abi::x86_64);
  std::vector<std::uint32_t> numbers;
  for (const catalog::Call& call : tables.calls) {
    bool may = has_opening_effect(tables, tables.prototypes[call.prototype]);
    if (call.variants < tables.variant_tables.size()) {
      const catalog::Variants& choice = tables.variant_tables[call.variants];
      for (const catalog::Variant& variant : tables.variants.subspan(choice.first, choice.count))
        may |= has_opening_effect(tables, tables.prototypes[variant.prototype]);
    }
    if (may) numbers.push_back(call.number);
  }
  return numbers;
}

bool is_of_c_library(const symbolize::Frame& frame) {
  const std::string_view module = frame.module;
  const std::string_view file = module.substr(module.rfind('/') + 1);
  return file.starts_with("libc.so") || file.starts_with("libc-2") ||
         file.starts_with("libpthread") || file.starts_with("ld-linux") ||
         file.starts_with("ld-musl");
}

std::string name_of(const symbolize::Frame& frame) {
  if (!frame.function.empty()) return frame.function;
  const std::string_view module = frame.module;
  if (module.empty()) return fmt::format("{:#x}", frame.pc);
  return fmt::format("{}+{:#x}", module.substr(module.rfind('/') + 1), frame.module_offset);
}

}  // namespace

Result<OpeningCode> OpeningCode::watch(const capture::proc::Root& root,
                                       const std::vector<pid_t>& pids) {
  auto openings = Openings::watch(root, pids, calls_that_may_open(), opens);
  if (!openings) return std::unexpected(std::move(openings.error()));
  return OpeningCode(root, std::move(*openings));
}

std::optional<CodePath> OpeningCode::path_to(pid_t pid, int number) {
  constexpr std::size_t most_functions = 6;
  const Opening* const opening = openings_->of(pid, number);
  if (opening == nullptr) return std::nullopt;
  CodePath path;
  const catalog::Tables& tables = catalog::tables(Abi::x86_64);
  if (const catalog::Call* const call = catalog::find_call(tables, opening->call))
    path.emplace_back(catalog::text(call->name));
  const auto [entry, is_new] = processes_.try_emplace(pid);
  if (is_new)
    if (auto process = symbolize::Process::open(root_, pid)) entry->second = std::move(*process);
  if (!entry->second) return path;
  const symbolize::Stack stack = entry->second->stack(
      {{opening->pc, opening->sp, opening->frame_pointer}, opening->stack}, {.sources = false});
  for (const symbolize::Frame& frame : stack.frames) {
    if (is_of_c_library(frame)) continue;
    if (path.size() > most_functions) break;
    path.push_back(name_of(frame));
  }
  return path;
}

}  // namespace syscope::app
