#include "known_nodes.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include "json_output.hpp"

namespace splash::cli {
namespace {

constexpr std::size_t kMostNodes = 4096;

std::int64_t seconds(KnownNodes::Now now) {
    return std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
}

std::chrono::seconds lifetime(Runs runs) {
    return runs == Runs::Silent ? std::chrono::seconds(60) : std::chrono::seconds(3600);
}

std::string_view word_of(Runs runs) {
    switch (runs) {
        case Runs::Yes: return "yes";
        case Runs::No: return "no";
        case Runs::Silent: return "silent";
        case Runs::Unknown: break;
    }
    return "unknown";
}

Runs runs_from(const std::string& word) {
    for (const Runs runs : {Runs::Yes, Runs::No, Runs::Silent}) {
        if (word == word_of(runs)) {
            return runs;
        }
    }
    return Runs::Unknown;
}

/// Empty where there is none, or one that cannot be read.
std::vector<IpAddress> route_from(const Json& kept) {
    std::vector<IpAddress> route;
    const auto told = kept.find("route");
    if (told == kept.end() || !told->is_array()) {
        return {};
    }
    for (const Json& hop : *told) {
        const auto address = hop.is_string() ? IpAddress::parse(hop.get<std::string>()) : std::nullopt;
        if (!address) {
            return {};
        }
        route.push_back(*address);
    }
    return route;
}

}  // namespace

std::string KnownNodes::name_of(const Where& where, const IpAddress& node) {
    return fmt::format("{} {} {} {}", where.lab, where.from, where.socket, node.to_string());
}

std::optional<std::filesystem::path> KnownNodes::usual_file() {
    const char* const cache = std::getenv("XDG_CACHE_HOME");
    const char* const home = std::getenv("HOME");
    std::filesystem::path directory;
    if (cache != nullptr && *cache == '/') {
        directory = cache;
    } else if (home != nullptr && *home == '/') {
        directory = std::filesystem::path(home) / ".cache";
    } else {
        return std::nullopt;
    }
    return directory / "splash" / "nodes.json";
}

KnownNodes KnownNodes::load(const std::filesystem::path& file) {
    KnownNodes known;
    known.file_ = file;
    std::ifstream stream(file);
    const Json document = Json::parse(stream, nullptr, false);
    if (!document.is_object()) {
        return known;
    }
    for (const auto& [node, kept] : document.items()) {
        const bool is_whole = kept.is_object() && kept.contains("runs") && kept["runs"].is_string() &&
                              kept.contains("because") && kept["because"].is_string() &&
                              kept.contains("until") && kept["until"].is_number_integer();
        if (is_whole && known.nodes_.size() < kMostNodes) {
            known.nodes_[node] = {.entry = {.runs = runs_from(kept["runs"]),
                                            .because = kept["because"],
                                            .route = route_from(kept)},
                                  .until = kept["until"]};
        }
    }
    return known;
}

std::optional<KnownNodes::Entry> KnownNodes::find(const std::string& node, Now now) const {
    const auto kept = nodes_.find(node);
    // A time far ahead was written under another clock.
    const bool is_valid = kept != nodes_.end() && kept->second.until > seconds(now) &&
                          kept->second.until <= seconds(now + lifetime(kept->second.entry.runs)) &&
                          kept->second.entry.runs != Runs::Unknown;
    return is_valid ? std::optional(kept->second.entry) : std::nullopt;
}

Result<> KnownNodes::remember(const std::string& node, const Entry& entry, Now now) {
    return remember(std::map<std::string, Entry>{{node, entry}}, now);
}

Result<> KnownNodes::remember(const std::map<std::string, Entry>& entries, Now now) {
    for (const auto& [node, entry] : entries) {
        nodes_[node] = {.entry = entry, .until = seconds(now + lifetime(entry.runs))};
    }
    return store(now);
}

Result<> KnownNodes::forget(const std::string& node, Now now) {
    return nodes_.erase(node) == 0 ? Result<>() : store(now);
}

Result<> KnownNodes::store(Now now) {
    std::erase_if(nodes_, [now](const auto& kept) { return kept.second.until <= seconds(now); });
    Json document = Json::object();
    for (const auto& [node, kept] : nodes_) {
        if (document.size() < kMostNodes) {
            Json route = Json::array();
            for (const IpAddress& address : kept.entry.route) {
                route.push_back(address.to_string());
            }
            document[node] = {{"runs", word_of(kept.entry.runs)},
                              {"because", kept.entry.because},
                              {"route", route},
                              {"until", kept.until}};
        }
    }
    std::error_code error;
    std::filesystem::create_directories(file_.parent_path(), error);
    // Others may read or write at the same time: the file is always a whole one.
    const std::filesystem::path fresh = fmt::format("{}.{}", file_.string(), getpid());
    {
        std::ofstream stream(fresh);
        stream << document.dump(1, ' ', false, Json::error_handler_t::replace) << '\n';
        if (!stream.flush()) {
            std::filesystem::remove(fresh, error);
            return fail(Errc::System, fmt::format("{} cannot be written", fresh.string()));
        }
    }
    std::filesystem::rename(fresh, file_, error);
    return error ? fail(Errc::System, fmt::format("{}: {}", file_.string(), error.message())) : Result<>();
}

}  // namespace splash::cli
