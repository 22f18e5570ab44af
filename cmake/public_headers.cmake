# The doors of the house: the headers that are installed. Whatever they include
# is public too, which tests/pure/doors.test.cpp checks; every other header is
# private, and may change in any version.

set(stagedoor_public_headers
    actors/caf_api/application.hpp
    actors/cluster/cluster.hpp
    actors/cluster/cluster_options.hpp
    actors/cluster/join_cluster.hpp
    actors/cluster/service_directory.hpp
    actors/description/action.hpp
    actors/description/actor_permission.hpp
    actors/description/context.hpp
    actors/description/endpoint.hpp
    actors/description/handler_spec.hpp
    actors/description/loader.hpp
    actors/description/replicas.hpp
    actors/interfaces.hpp
    actors/loaded.hpp
    actors/messages.hpp
    actors/server/commands.hpp
    actors/server/config.hpp
    actors/server/server.hpp
    actors/server/server_options.hpp
    actors/server/termination_signals.hpp
    actors/stagedoor.hpp
    actors/transport.hpp
    permissions/builtin.hpp
    permissions/credentials/authenticator.hpp
    permissions/credentials/group_table.hpp
    permissions/credentials/jwt.hpp
    permissions/credentials/users_file.hpp
    permissions/custom_permission.hpp
    permissions/custom_rule.hpp
    permissions/decision.hpp
    permissions/decision_cache.hpp
    permissions/evaluation.hpp
    permissions/explanation.hpp
    permissions/http_permission.hpp
    permissions/permission.hpp
    permissions/permission_base.hpp
    permissions/permission_list.hpp
    protocol/argument.hpp
    protocol/caf_api/messages.hpp
    protocol/caf_api/version.hpp
    protocol/client_message.hpp
    protocol/errors.hpp
    protocol/event.hpp
    protocol/group.hpp
    protocol/json/boost_json.hpp
    protocol/json/json.hpp
    protocol/limits.hpp
    protocol/reply.hpp
    protocol/request.hpp
    protocol/scope.hpp
    protocol/user.hpp
    protocol/websocket/close_code.hpp
    protocol/websocket/handshake.hpp
    protocol/websocket/origin.hpp
    protocol/websocket/web_page.hpp)

# Of the test kit, installed as <stagedoor/testing/…>.
set(stagedoor_public_kit_headers
    client.hpp
    failure.hpp
    opening.hpp
    world.hpp)
