#include "stagedoor/actors/models/list_links.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <algorithm>

namespace stagedoor {

namespace {

std::string encoded(std::string_view text) {
  boost::urls::encoding_opts as_forms_are;
  as_forms_are.space_as_plus = true;
  return boost::urls::encode({text.data(), text.size()},
                             boost::urls::unreserved_chars, as_forms_are);
}

} // namespace

std::string link_to(std::string_view route, const fields& query,
                    const std::vector<query_change>& changes) {
  fields changed = query;
  for (const auto& change : changes) {
    std::erase_if(changed, [&](const auto& known) {
      return known.first == change.first;
    });
    if (change.second)
      changed.emplace_back(change.first, *change.second);
  }
  std::ranges::stable_sort(changed, {}, &fields::value_type::first);
  std::string result{route.substr(0, route.find('?'))};
  char separator = '?';
  for (const auto& [name, value] : changed) {
    result += separator + encoded(name) + '=' + encoded(value);
    separator = '&';
  }
  return result;
}

} // namespace stagedoor
