#pragma once

// The header for applications, with handlers, permissions, endpoints and the
// server. It includes neither Beast nor Asio.

#include "stagedoor/actors/caf_api/application.hpp"
#include "stagedoor/actors/cluster/join_cluster.hpp"
#include "stagedoor/actors/description/actor_permission.hpp"
#include "stagedoor/actors/description/context.hpp"
#include "stagedoor/actors/description/endpoint.hpp"
#include "stagedoor/actors/description/handler_spec.hpp"
#include "stagedoor/actors/server/commands.hpp"
#include "stagedoor/actors/server/config.hpp"
#include "stagedoor/actors/server/server.hpp"
#include "stagedoor/actors/server/termination_signals.hpp"
#include "stagedoor/permissions/builtin.hpp"
#include "stagedoor/permissions/credentials/authenticator.hpp"
#include "stagedoor/permissions/credentials/jwt.hpp"
#include "stagedoor/permissions/credentials/users_file.hpp"
#include "stagedoor/permissions/custom_permission.hpp"
#include "stagedoor/permissions/has_attribute.hpp"
#include "stagedoor/permissions/http_permission.hpp"
#include "stagedoor/permissions/permission.hpp"
#include "stagedoor/protocol/argument.hpp"
#include "stagedoor/protocol/errors.hpp"
#include "stagedoor/protocol/model/description.hpp"
#include "stagedoor/protocol/reply.hpp"
#include "stagedoor/protocol/request.hpp"
