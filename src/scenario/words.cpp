#include "scenario/words.h"

#include <fmt/format.h>

#include "base/text.h"

namespace windtunnel::scenario {

Unknown unknown_word(std::string_view what, std::string_view word, std::span<const std::string_view> known) {
  constexpr std::size_t most = 16;
  Unknown result{fmt::format("unknown {} \"{}\"", what, word), ""};
  if (const std::string_view near = nearest(word, known); !near.empty()) {
    result.hint = fmt::format("did you mean \"{}\"?", near);
  }
  if (known.empty()) return result;
  const bool cut = known.size() > most;
  result.hint += fmt::format("{}known: {}{}", result.hint.empty() ? "" : "   ", join(known.first(cut ? most : known.size())),
                             cut ? ", …" : "");
  return result;
}

}  // namespace windtunnel::scenario
