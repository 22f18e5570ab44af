# Writes a header with the bytes of files, whatever and however many they are:
#   cmake -DFILES=<paths> -DOUTPUT=<header> -P embed.cmake
# `page.css` becomes `files::page_css`, a std::string_view.

set(text "#pragma once

#include <string_view>

namespace stagedoor::newsroom::files {
")
foreach(file IN LISTS FILES)
  get_filename_component(name "${file}" NAME)
  string(MAKE_C_IDENTIFIER "${name}" name)
  file(READ "${file}" bytes HEX)
  # Byte by byte: compilers bound the length of a string literal.
  string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${bytes}")
  string(APPEND text "
inline constexpr char ${name}_bytes[] = {${bytes}'\\0'};
inline constexpr std::string_view ${name}{${name}_bytes,
                                          sizeof(${name}_bytes) - 1};
")
endforeach()
string(APPEND text "\n} // namespace stagedoor::newsroom::files\n")
file(WRITE "${OUTPUT}" "${text}")
