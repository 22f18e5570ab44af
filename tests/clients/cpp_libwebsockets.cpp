// The library libwebsockets, which is written in C: https://libwebsockets.org/

#include <libwebsockets.h>

#include <array>
#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace {

/// What the program is told to do, and how far it has got.
struct conversation {
  std::string token;
  std::vector<std::string> messages;
  std::size_t sent = 0;
  /// The part of a message that has come.
  std::string text;
  bool ended = false;
};

/// @returns zero if the header is in the buffer.
int append_token(lws* socket, const std::string& token, void* in,
                 std::size_t room) {
  if (token.empty())
    return 0;
  auto** at = static_cast<unsigned char**>(in);
  const auto value = "Bearer " + token;
  const auto* bytes = reinterpret_cast<const unsigned char*>(value.data());
  return lws_add_http_header_by_token(socket, WSI_TOKEN_HTTP_AUTHORIZATION,
                                      bytes, static_cast<int>(value.size()), at,
                                      *at + room);
}

/// Sends the next message, in the buffer with room in front that it has to be.
void send_next(lws* socket, conversation& talk) {
  if (talk.sent == talk.messages.size())
    return;
  const auto& message = talk.messages[talk.sent++];
  std::string buffer(LWS_PRE, '\0');
  buffer += message;
  lws_write(socket, reinterpret_cast<unsigned char*>(&buffer[LWS_PRE]),
            message.size(), LWS_WRITE_TEXT);
  lws_callback_on_writable(socket);
}

void receive(lws* socket, conversation& talk, std::string_view part) {
  talk.text += part;
  if (lws_is_final_fragment(socket) == 0)
    return;
  std::cout << "text " << talk.text << std::endl;
  talk.text.clear();
}

/// Reports a close frame, which is two bytes of code and a reason.
void report_close(std::string_view payload) {
  const auto high = static_cast<unsigned char>(payload.at(0));
  const auto low = static_cast<unsigned char>(payload.at(1));
  std::cout << "close " << high * 256 + low << ' ' << payload.substr(2)
            << std::endl;
}

int on_event(lws* socket, lws_callback_reasons reason, void*, void* in,
             std::size_t size) {
  auto* talk =
      static_cast<conversation*>(lws_context_user(lws_get_context(socket)));
  const std::string_view payload{static_cast<const char*>(in),
                                 in == nullptr ? 0 : size};
  switch (reason) {
  case LWS_CALLBACK_CLIENT_APPEND_HANDSHAKE_HEADER:
    return append_token(socket, talk->token, in, size);
  case LWS_CALLBACK_CLIENT_ESTABLISHED:
    std::cout << "open" << std::endl;
    lws_callback_on_writable(socket);
    break;
  case LWS_CALLBACK_CLIENT_WRITEABLE:
    send_next(socket, *talk);
    break;
  case LWS_CALLBACK_CLIENT_RECEIVE:
    receive(socket, *talk, payload);
    break;
  case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
    std::cout << "status " << lws_http_client_http_response(socket)
              << std::endl;
    talk->ended = true;
    break;
  case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
    report_close(payload);
    break;
  case LWS_CALLBACK_CLIENT_CLOSED:
    talk->ended = true;
    break;
  default:
    break;
  }
  return 0;
}

} // namespace

int main(int argc, char** argv) {
  const std::span arguments{argv, static_cast<std::size_t>(argc)};
  if (argc == 2 && arguments[1] == std::string_view{"version"}) {
    std::cout << "version " << lws_get_library_version() << '\n';
    return EXIT_SUCCESS;
  }
  lws_set_log_level(0, nullptr);
  std::string url{arguments[1]};
  const char* scheme = nullptr;
  const char* host = nullptr;
  const char* path = nullptr;
  int port = 0;
  if (lws_parse_uri(url.data(), &scheme, &host, &port, &path) != 0)
    return EXIT_FAILURE;
  const auto full_path = std::string{"/"} + path;
  conversation talk;
  talk.token = arguments[2];
  talk.messages.assign(arguments.begin() + 5, arguments.end());

  const std::array<lws_protocols, 2> protocols{
      lws_protocols{"any", on_event, 0, 65536, 0, nullptr, 0}, {}};
  const std::array<lws_extension, 2> extensions{
      lws_extension{"permessage-deflate", lws_extension_callback_pm_deflate,
                    "permessage-deflate"},
      {}};
  lws_context_creation_info info{};
  info.port = CONTEXT_PORT_NO_LISTEN;
  info.protocols = protocols.data();
  info.user = &talk;
  if (*arguments[4] != '\0')
    info.extensions = extensions.data();
  auto* context = lws_create_context(&info);

  lws_client_connect_info opening{};
  opening.context = context;
  opening.address = host;
  opening.port = port;
  opening.path = full_path.c_str();
  opening.host = host;
  opening.local_protocol_name = "any";
  if (*arguments[3] != '\0')
    opening.protocol = arguments[3];
  if (lws_client_connect_via_info(&opening) == nullptr)
    return EXIT_FAILURE;
  while (!talk.ended)
    lws_service(context, 0);
  lws_context_destroy(context);
}
