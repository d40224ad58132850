// Which services from outside a node offers. The daemon fills it from [services] of splash.toml.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "node/service.hpp"
#include "plugins/prototype.hpp"

namespace splash::plugins {

/// [[services.function]]: a function of a C library that knows nothing of Splash.
struct CFunctionSettings {
    std::string library;  ///< a path, or a name such as "libm.so.6"
    std::string service;  ///< the name programs call
    Prototype prototype;
    node::Right right = node::Right::Read;
    std::uint32_t cost = 16;
    bool may_block = false;
    bool frees_result = false;  ///< the result is malloc's and the caller's
    std::string meaning;
    bool operator==(const CFunctionSettings&) const = default;
};

struct Settings {
    std::optional<std::string> directory;  ///< absolute; nullopt: the default, which need not be there
    std::vector<std::string> enabled;      ///< NAME of snap_svc_NAME.so; empty: all of the directory
    std::vector<std::string> disabled;
    unsigned workers = 2;    ///< threads for services that may block
    std::size_t queue = 64;  ///< calls that wait for one
    std::vector<CFunctionSettings> functions;
    bool operator==(const Settings&) const = default;
};

}  // namespace splash::plugins
