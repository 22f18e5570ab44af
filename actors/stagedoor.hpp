#pragma once

// What an application includes: handlers, permissions, endpoints, the server.
// Neither Beast nor Asio comes with it.

#include "stagedoor/actors/actor_permission.hpp"
#include "stagedoor/actors/cluster.hpp"
#include "stagedoor/actors/commands.hpp"
#include "stagedoor/actors/config.hpp"
#include "stagedoor/actors/context.hpp"
#include "stagedoor/actors/endpoint.hpp"
#include "stagedoor/actors/handler_spec.hpp"
#include "stagedoor/actors/server.hpp"
#include "stagedoor/permissions/authenticator.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/http_permission.hpp"
#include "stagedoor/permissions/jwt.hpp"
#include "stagedoor/permissions/permission.hpp"
#include "stagedoor/permissions/users_file.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"
