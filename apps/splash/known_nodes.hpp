// Who runs Splash, as earlier invocations found out: a small file in the user's cache directory.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "base/address.hpp"
#include "base/error.hpp"
#include "way.hpp"

namespace splash::cli {

class KnownNodes {
public:
    using Now = std::chrono::system_clock::time_point;
    struct Entry {
        Runs runs = Runs::Unknown;
        std::string because;
        /// Of nodes that run Splash, where it is known: by which addresses a packet comes through the Splash
        /// nodes on the way, the start's first and the node's last.
        std::vector<IpAddress> route = {};
    };
    /// A node as a start sees it.
    [[nodiscard]] static std::string name_of(const Where& where, const IpAddress& node);

    /// $XDG_CACHE_HOME/splash/nodes.json, or in ~/.cache; nullopt where neither is known.
    [[nodiscard]] static std::optional<std::filesystem::path> usual_file();
    /// A file that is not there, or is none of ours, holds nothing.
    [[nodiscard]] static KnownNodes load(const std::filesystem::path& file);

    [[nodiscard]] std::optional<Entry> find(const std::string& node, Now now) const;
    /// Yes and No hold for an hour, silence for a minute. @error System the file cannot be written
    [[nodiscard]] Result<> remember(const std::string& node, const Entry& entry, Now now);
    [[nodiscard]] Result<> remember(const std::map<std::string, Entry>& entries, Now now);
    [[nodiscard]] Result<> forget(const std::string& node, Now now);

private:
    struct Kept {
        Entry entry;
        std::int64_t until = 0;  ///< seconds since the epoch
    };
    [[nodiscard]] Result<> store(Now now);

    std::filesystem::path file_;
    std::map<std::string, Kept> nodes_;
};

}  // namespace splash::cli
