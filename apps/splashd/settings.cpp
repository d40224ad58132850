#include "settings.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <tuple>

#include "settings_reader.hpp"

namespace splash::splashd {
namespace {

void read_node(Reader& reader, const toml::table& table, Settings& settings) {
    reader.expect_keys(table, "[node]",
                       {"name", "address", "socket", "socket_group", "protocol", "udp_port", "raw", "udp",
                        "workspace", "budget", "domain", "park_timeout_ms", "max_parked", "max_proxied",
                        "reports_per_second", "notifications_per_second"});
    node::Config& node = settings.node;
    reader.read(table, "name", node.name);
    reader.read_own_addresses(table, "address", settings.addresses);
    reader.read(table, "socket", settings.socket);
    reader.read(table, "socket_group", settings.socket_group);
    reader.read(table, "protocol", settings.protocol, 1, 255);
    reader.read(table, "udp_port", settings.udp_port, 1, 65535);
    reader.read(table, "raw", settings.raw);
    reader.read(table, "udp", settings.udp);
    reader.read(table, "workspace", node.workspace, 4096, std::int64_t{48} * 1024);
    reader.read(table, "budget", node.budget_extra, 64, 1'000'000);
    reader.read(table, "domain", node.domain);
    reader.read(table, "max_parked", node.max_parked, 1, 100'000);
    std::int64_t park_timeout = node.park_timeout.count();
    reader.read(table, "park_timeout_ms", park_timeout, 10, 60'000);
    node.park_timeout = std::chrono::milliseconds(park_timeout);
    reader.read(table, "max_proxied", node.max_proxied, 1, 1024);
    std::int64_t notifications = static_cast<std::int64_t>(node.notifications_per_second);
    reader.read(table, "notifications_per_second", notifications, 1, 1'000'000);
    node.notifications_per_second = static_cast<double>(notifications);
    std::int64_t reports = static_cast<std::int64_t>(node.reports_per_second);
    reader.read(table, "reports_per_second", reports, 1, 1'000'000);
    node.reports_per_second = static_cast<double>(reports);
    node.reports_per_prefix = std::max(1.0, node.reports_per_second / 10);
}

void read_dictionary(Reader& reader, const toml::table& table, node::DictionaryLimits& limits) {
    reader.expect_keys(
        table, "[dictionary]",
        {"entries", "octets", "entries_per_principal", "octets_per_principal", "time_to_live_s"});
    constexpr std::int64_t kMostEntries = 1'000'000;
    constexpr std::int64_t kMostOctets = std::int64_t{1} << 30;
    constexpr std::int64_t kThirtyDays = 30LL * 24 * 3600;
    reader.read(table, "entries", limits.entries, 0, kMostEntries);
    reader.read(table, "octets", limits.octets, 0, kMostOctets);
    reader.read(table, "entries_per_principal", limits.entries_per_principal, 0, kMostEntries);
    reader.read(table, "octets_per_principal", limits.octets_per_principal, 0, kMostOctets);
    std::int64_t time_to_live = limits.time_to_live.count();
    reader.read(table, "time_to_live_s", time_to_live, 1, kThirtyDays);
    limits.time_to_live = std::chrono::seconds(time_to_live);
}

void read_allow(Reader& reader, const toml::table& table, Settings& settings) {
    reader.expect_keys(table, "[[allow]]", {"prefix", "rights", "snmp_user", "insecure", "bound"});
    std::optional<Prefix> prefix;
    node::AllowRule rule;
    bool insecure = false;
    reader.read(table, "prefix", prefix);
    reader.read(table, "rights", rule.rights);
    reader.read(table, "snmp_user", rule.snmp_user);
    reader.read(table, "insecure", insecure);
    reader.read(table, "bound", rule.bound, 1, 65535);
    if (!prefix) {
        reader.complain(table, "[[allow]] needs a prefix");
        return;
    }
    if (!insecure) {
        reader.complain(
            table,
            "[[allow]] admits packets that nothing authenticates; if that is meant, say insecure = true");
        return;
    }
    rule.prefix = *prefix;
    settings.node.allow.push_back(rule);
}

void read_peer(Reader& reader, const toml::table& table, Settings& settings) {
    reader.expect_keys(table, "[[peer]]", {"address", "port"});
    std::optional<IpAddress> address;
    node::Peer peer;
    reader.read(table, "address", address);
    reader.read(table, "port", peer.port, 1, 65535);
    if (!address) {
        reader.complain(table, "[[peer]] needs an address");
        return;
    }
    peer.address = *address;
    settings.node.peers.push_back(peer);
}

/// [[services.function]]
void read_function(Reader& reader, const toml::table& table, plugins::Settings& settings) {
    reader.expect_keys(
        table, "[[services.function]]",
        {"library", "symbol", "service", "signature", "right", "cost", "blocks", "free", "meaning"});
    plugins::CFunctionSettings function;
    std::optional<plugins::Prototype> prototype;
    std::string symbol;
    reader.read(table, "library", function.library);
    reader.read(table, "symbol", symbol);
    reader.read(table, "service", function.service);
    reader.read(table, "signature", prototype);
    reader.read(table, "right", function.right);
    reader.read(table, "cost", function.cost, 0, 1'000'000);
    reader.read(table, "blocks", function.may_block);
    reader.read(table, "free", function.frees_result);
    reader.read(table, "meaning", function.meaning);
    if (function.library.empty() || function.service.empty() || !prototype) {
        reader.complain(table, "[[services.function]] needs library, service and signature");
        return;
    }
    if (function.library.find('/') != std::string::npos && !function.library.starts_with('/')) {
        reader.complain(*table.get("library"), "library must be an absolute path, or a name without /");
        return;
    }
    if (!symbol.empty() && symbol != prototype->name) {
        reader.complain(*table.get("symbol"),
                        "symbol is " + symbol + ", but the signature declares " + prototype->name);
        return;
    }
    if (function.frees_result && prototype->result != plugins::CKind::Text) {
        reader.complain(*table.get("free"), "free is for functions that give a char *");
        return;
    }
    function.prototype = std::move(*prototype);
    settings.functions.push_back(std::move(function));
}

void read_services(Reader& reader, const toml::table& table, plugins::Settings& settings) {
    reader.expect_keys(table, "[services]",
                       {"directory", "enabled", "disabled", "workers", "queue", "function"});
    std::string directory;
    reader.read(table, "directory", directory);
    if (!directory.empty()) {
        settings.directory = directory;
        if (!directory.starts_with('/')) {
            reader.complain(*table.get("directory"), "directory must be an absolute path");
        }
    }
    reader.read(table, "enabled", settings.enabled);
    reader.read(table, "disabled", settings.disabled);
    reader.read(table, "workers", settings.workers, 1, 16);
    reader.read(table, "queue", settings.queue, 1, 4096);
    reader.each_table(table, "function", [&](const toml::table& t) { read_function(reader, t, settings); });
}

/// One of the words, or a complaint that lists them.
void expect_one_of(Reader& reader, const toml::table& table, std::string_view key, const std::string& word,
                   std::initializer_list<std::string_view> words) {
    if (std::ranges::find(words, word) == words.end()) {
        std::string known;
        for (const std::string_view w : words) {
            known += (known.empty() ? "\"" : "\", \"") + std::string(w);
        }
        reader.complain(table[key].node() != nullptr ? *table[key].node() : table,
                        std::string(key) + " must be one of " + known + "\"");
    }
}

void read_user(Reader& reader, const toml::table& table, node::UsmUser& user) {
    constexpr std::size_t kShortestPassword = 8;  // RFC 3414, section 11.2
    reader.read(table, "user", user.name);
    reader.read(table, "auth", user.auth);
    reader.read(table, "auth_password", user.auth_password);
    reader.read(table, "priv", user.priv);
    reader.read(table, "priv_password", user.priv_password);
    if (!user.auth.empty()) {
        expect_one_of(reader, table, "auth", user.auth,
                      {"MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"});
    }
    if (!user.priv.empty()) {
        expect_one_of(reader, table, "priv", user.priv, {"DES", "AES"});
    }
    for (const auto& [protocol, password, name] :
         {std::tuple{&user.auth, &user.auth_password, "auth"}, {&user.priv, &user.priv_password, "priv"}}) {
        if (protocol->empty() != password->empty() ||
            (!password->empty() && password->size() < kShortestPassword)) {
            reader.complain(table, std::string(name) + " of an [[agent]] needs an " + name +
                                       "_password of 8 characters or more, and the reverse");
        }
    }
    if (user.auth.empty() && !user.priv.empty()) {
        reader.complain(table, "priv of an [[agent]] needs auth");
    }
}

void read_agent(Reader& reader, const toml::table& table, Settings& settings) {
    reader.expect_keys(table, "[[agent]]",
                       {"prefix", "port", "version", "community", "user", "auth", "auth_password", "priv",
                        "priv_password", "timeout_ms"});
    std::optional<Prefix> prefix;
    node::AgentRule rule;
    std::string version = "2c";
    reader.read(table, "prefix", prefix);
    reader.read(table, "port", rule.port, 1, 65535);
    reader.read(table, "version", version);
    expect_one_of(reader, table, "version", version, {"1", "2c", "3"});
    reader.read(table, "community", rule.community);
    read_user(reader, table, rule.user);
    std::int64_t timeout = rule.timeout.count();
    reader.read(table, "timeout_ms", timeout, 10, 60'000);
    rule.timeout = std::chrono::milliseconds(timeout);
    rule.version = version == "1"   ? node::AgentRule::Version::V1
                   : version == "3" ? node::AgentRule::Version::V3
                                    : node::AgentRule::Version::V2c;
    if (!prefix) {
        reader.complain(table, "[[agent]] needs a prefix");
        return;
    }
    const bool is_v3 = rule.version == node::AgentRule::Version::V3;
    if (is_v3 ? rule.user.name.empty() || !rule.community.empty()
              : rule.community.empty() || !rule.user.name.empty()) {
        reader.complain(table, is_v3 ? "[[agent]] of version 3 needs a user, and no community"
                                     : "[[agent]] of version 1 or 2c needs a community, and no user");
        return;
    }
    rule.prefix = *prefix;
    settings.node.agents.push_back(std::move(rule));
}

/// Line and column of the first table header with a name that cannot be one: "1:2".
std::string malformed_header(std::string_view text) {
    std::size_t line = 1;
    while (!text.empty()) {
        const std::string_view one = text.substr(0, text.find('\n'));
        std::size_t at = one.find_first_not_of(" \t\r");
        if (at != std::string_view::npos && one[at] == '[') {
            at = one.find_first_not_of(" \t[", at);
            constexpr std::string_view kBegin =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_\"']";
            if (at == std::string_view::npos || kBegin.find(one[at]) == std::string_view::npos) {
                return std::to_string(line) + ":" + std::to_string(std::min(at, one.size()) + 1);
            }
        }
        text.remove_prefix(std::min(one.size() + 1, text.size()));
        ++line;
    }
    return std::to_string(line) + ":1";
}

}  // namespace

Result<Settings> parse_settings(std::string_view text, const std::string& file) {
    toml::table root;
    try {
        root = toml::parse(text, file);
    } catch (const toml::parse_error& e) {
        const toml::source_position begin = e.source().begin;
        return fail(Errc::BadConfig, file + ":" + std::to_string(begin.line) + ":" +
                                         std::to_string(begin.column) + ": " + std::string(e.description()));
    } catch (const std::logic_error& /*assertion*/) {
        return fail(Errc::BadConfig, file + ":" + malformed_header(text) +
                                         ": a table's name must begin with a letter, a digit, - or _");
    }
    Reader reader(file);
    Settings settings;
    reader.expect_keys(
        root, "the file",
        {"node", "local", "allow", "peer", "agent", "metrics", "sysctl", "dictionary", "services"});
    if (const toml::table* node = reader.table(root, "node")) {
        read_node(reader, *node, settings);
    }
    if (const toml::table* local = reader.table(root, "local")) {
        reader.expect_keys(*local, "[local]", {"rights", "snmp_user", "bound"});
        reader.read(*local, "rights", settings.node.local_rights);
        reader.read(*local, "snmp_user", settings.node.local_user);
        reader.read(*local, "bound", settings.node.max_bound, 1, 65535);
    }
    if (const toml::table* dictionary = reader.table(root, "dictionary")) {
        read_dictionary(reader, *dictionary, settings.node.dictionary);
    }
    if (const toml::table* sysctl = reader.table(root, "sysctl")) {
        reader.expect_keys(*sysctl, "[sysctl]", {"read", "write"});
        reader.read_sysctls(*sysctl, "read", settings.node.sysctl.read);
        reader.read_sysctls(*sysctl, "write", settings.node.sysctl.write);
    }
    if (const toml::table* metrics = reader.table(root, "metrics")) {
        reader.expect_keys(*metrics, "[metrics]", {"listen"});
        reader.read(*metrics, "listen", settings.metrics);
    }
    if (const toml::table* services = reader.table(root, "services")) {
        read_services(reader, *services, settings.services);
    }
    reader.each_table(root, "allow", [&](const toml::table& t) { read_allow(reader, t, settings); });
    reader.each_table(root, "peer", [&](const toml::table& t) { read_peer(reader, t, settings); });
    reader.each_table(root, "agent", [&](const toml::table& t) { read_agent(reader, t, settings); });
    if (!reader.error().empty()) {
        return fail(Errc::BadConfig, reader.error());
    }
    return settings;
}

std::vector<node::MibUser> mib_users(const Settings& settings) {
    std::vector<node::MibUser> users;
    const auto add = [&users](const std::string& name, node::MibUser::Level level) {
        const node::MibUser user{name, level};
        if (!name.empty() && std::ranges::find(users, user) == users.end()) {
            users.push_back(user);
        }
    };
    add(settings.node.local_user, node::MibUser::Level::AuthPriv);
    for (const node::AllowRule& rule : settings.node.allow) {
        add(rule.snmp_user, node::MibUser::Level::NoAuth);
    }
    return users;
}

std::vector<std::string> needed_capabilities(const Settings& settings) {
    std::vector<std::string> names{"cap_net_raw"};
    const node::Config& node = settings.node;
    const bool grants_changes =
        node.local_rights.configure ||
        std::ranges::any_of(node.allow, [](const node::AllowRule& rule) { return rule.rights.configure; });
    const bool grants_writes = (node.local_rights.write && !node.local_user.empty()) ||
                               std::ranges::any_of(node.allow, [](const node::AllowRule& rule) {
                                   return rule.rights.write && !rule.snmp_user.empty();
                               });
    if (grants_changes || grants_writes) {
        // The agent writes ifAdminStatus and others to the kernel; interfaces, routes and /proc/sys/net need
        // it.
        names.emplace_back("cap_net_admin");
    }
    return names;
}

}  // namespace splash::splashd
