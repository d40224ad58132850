#include "settings.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <stdexcept>

// toml++ 3.3 takes for granted that a table's name begins as a name does; "[?node]" ends the daemon with an
// assertion, and without assertions is undefined. So they stay on, and are exceptions that end in this file.
namespace {
[[noreturn]] void toml_assertion_failed(const char* expression) {
    throw std::logic_error(expression);
}
}  // namespace
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(expr) ((expr) ? void() : toml_assertion_failed(#expr))
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace splash::splashd {
namespace {

/// "127.0.0.1:9253", "[::1]:9253"
std::optional<Endpoint> endpoint(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view digits = text.substr(colon + 1);
    const bool is_bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
    if (is_bracketed) {
        host = host.substr(1, host.size() - 2);
    }
    const auto address = IpAddress::parse(host);
    std::uint16_t port = 0;
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (!address || address->is_v6() != is_bracketed || port == 0 || read.ec != std::errc{} ||
        read.ptr != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return Endpoint{*address, port};
}

/// Collects the first thing that is wrong; readers after it do nothing.
class Reader {
public:
    explicit Reader(const std::string& file) : file_(file) {}

    void complain(const toml::node& at, const std::string& what) {
        if (error_.empty()) {
            const toml::source_position begin = at.source().begin;
            error_ =
                file_ + ":" + std::to_string(begin.line) + ":" + std::to_string(begin.column) + ": " + what;
        }
    }
    [[nodiscard]] const std::string& error() const { return error_; }

    /// Every key of a table must be one of these.
    void expect_keys(const toml::table& table, std::string_view where,
                     std::initializer_list<std::string_view> keys) {
        for (const auto& [key, value] : table) {
            const std::string_view name = key.str();
            if (std::ranges::find(keys, name) == keys.end()) {
                std::string known;
                for (const std::string_view k : keys) {
                    known += (known.empty() ? "" : ", ") + std::string(k);
                }
                complain(value, "unknown setting '" + std::string(name) + "' in " + std::string(where) +
                                    "; it knows " + known);
            }
        }
    }
    template <class Take>
    void with(const toml::table& table, std::string_view key, Take&& take) {
        if (const toml::node* value = table.get(key)) {
            take(*value);
        }
    }
    void read(const toml::table& table, std::string_view key, std::string& into) {
        with(table, key, [&](const toml::node& value) {
            const auto text = value.value_exact<std::string>();
            text ? void(into = *text) : complain(value, std::string(key) + " must be a string");
        });
    }
    void read(const toml::table& table, std::string_view key, bool& into) {
        with(table, key, [&](const toml::node& value) {
            const auto flag = value.value_exact<bool>();
            flag ? void(into = *flag) : complain(value, std::string(key) + " must be true or false");
        });
    }
    template <class Number>
    void read(const toml::table& table, std::string_view key, Number& into, std::int64_t least,
              std::int64_t most) {
        with(table, key, [&](const toml::node& value) {
            const auto number = value.value_exact<std::int64_t>();
            if (!number || *number < least || *number > most) {
                complain(value, std::string(key) + " must be an integer from " + std::to_string(least) +
                                    " to " + std::to_string(most));
                return;
            }
            into = static_cast<Number>(*number);
        });
    }
    void read(const toml::table& table, std::string_view key, std::optional<IpAddress>& into) {
        with(table, key, [&](const toml::node& value) {
            into = IpAddress::parse(value.value_or(std::string_view{}));
            if (!into) {
                complain(value, std::string(key) + " must be an IP address in quotes");
            }
        });
    }
    void read(const toml::table& table, std::string_view key, std::optional<Endpoint>& into) {
        with(table, key, [&](const toml::node& value) {
            into = endpoint(value.value_or(std::string_view{}));
            if (!into) {
                complain(value, std::string(key) +
                                    " must be an IP address and a port in quotes, like \"127.0.0.1:9253\" "
                                    "or \"[::1]:9253\"");
            }
        });
    }
    void read(const toml::table& table, std::string_view key, std::optional<Prefix>& into) {
        with(table, key, [&](const toml::node& value) { into = prefix(value, key); });
    }
    void read(const toml::table& table, std::string_view key, std::vector<Prefix>& into) {
        each(table, key, "prefixes", [&](const toml::node& value) {
            if (const auto p = prefix(value, key)) {
                into.push_back(*p);
            }
        });
    }
    void read(const toml::table& table, std::string_view key, node::Rights& into) {
        with(table, key, [&](const toml::node&) { into = {}; });
        each(table, key, "rights", [&](const toml::node& value) {
            const auto name = value.value_or(std::string_view{});
            if (name == "read") {
                into.read = true;
            } else if (name == "write") {
                into.write = true;
            } else if (name == "send") {
                into.send = true;
            } else {
                complain(value, "unknown right; it may be \"read\", \"write\" or \"send\"");
            }
        });
    }
    /// The tables of an array of tables: [[key]].
    void each_table(const toml::table& root, std::string_view key,
                    const std::function<void(const toml::table&)>& take) {
        each(root, key, "tables", [&](const toml::node& value) {
            if (const toml::table* table = value.as_table()) {
                take(*table);
            } else {
                complain(value, std::string(key) + " must be written [[" + std::string(key) + "]]");
            }
        });
    }
    [[nodiscard]] const toml::table* table(const toml::table& root, std::string_view key) {
        const toml::node* value = root.get(key);
        if (value != nullptr && !value->is_table()) {
            complain(*value, std::string(key) + " must be written [" + std::string(key) + "]");
        }
        return value == nullptr ? nullptr : value->as_table();
    }

private:
    std::optional<Prefix> prefix(const toml::node& value, std::string_view key) {
        auto parsed = Prefix::parse(value.value_or(std::string_view{}));
        if (!parsed) {
            complain(value, std::string(key) + " must be a prefix in quotes, like \"10.0.0.0/8\"");
        }
        return parsed;
    }
    void each(const toml::table& table, std::string_view key, std::string_view what,
              const std::function<void(const toml::node&)>& take) {
        with(table, key, [&](const toml::node& value) {
            const toml::array* array = value.as_array();
            if (array == nullptr) {
                complain(value, std::string(key) + " must be a list of " + std::string(what));
                return;
            }
            for (const toml::node& element : *array) {
                take(element);
            }
        });
    }

    const std::string& file_;
    std::string error_;
};

void read_node(Reader& reader, const toml::table& table, Settings& settings) {
    reader.expect_keys(
        table, "[node]",
        {"name", "address", "socket", "socket_group", "protocol", "udp_port", "raw", "udp", "workspace",
         "budget", "domain", "park_timeout_ms", "max_parked", "reports_per_second"});
    node::Config& node = settings.node;
    reader.read(table, "name", node.name);
    reader.read(table, "address", settings.address);
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
    std::int64_t reports = static_cast<std::int64_t>(node.reports_per_second);
    reader.read(table, "reports_per_second", reports, 1, 1'000'000);
    node.reports_per_second = static_cast<double>(reports);
    node.reports_per_prefix = std::max(1.0, node.reports_per_second / 10);
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
    reader.expect_keys(root, "the file", {"node", "local", "allow", "peer", "metrics"});
    if (const toml::table* node = reader.table(root, "node")) {
        read_node(reader, *node, settings);
    }
    if (const toml::table* local = reader.table(root, "local")) {
        reader.expect_keys(*local, "[local]", {"rights", "snmp_user", "bound"});
        reader.read(*local, "rights", settings.node.local_rights);
        reader.read(*local, "snmp_user", settings.node.local_user);
        reader.read(*local, "bound", settings.node.max_bound, 1, 65535);
    }
    if (const toml::table* metrics = reader.table(root, "metrics")) {
        reader.expect_keys(*metrics, "[metrics]", {"listen"});
        reader.read(*metrics, "listen", settings.metrics);
    }
    reader.each_table(root, "allow", [&](const toml::table& t) { read_allow(reader, t, settings); });
    reader.each_table(root, "peer", [&](const toml::table& t) { read_peer(reader, t, settings); });
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
    const bool grants_writes = (node.local_rights.write && !node.local_user.empty()) ||
                               std::ranges::any_of(node.allow, [](const node::AllowRule& rule) {
                                   return rule.rights.write && !rule.snmp_user.empty();
                               });
    if (grants_writes) {
        names.emplace_back(
            "cap_net_admin");  // ifAdminStatus and others are written by the agent to the kernel
    }
    return names;
}

std::string describe(const Settings& settings) {
    std::string text;
    const auto line = [&text](std::string_view name, const std::string& value) {
        if (!value.empty()) {
            text += std::string(name) + ' ' + value + '\n';
        }
    };
    line("socket", settings.socket);
    line("socket_group", settings.socket_group);
    line("snmp_user", settings.node.local_user);
    line("raw", settings.raw ? "true" : "false");
    line("protocol", std::to_string(settings.protocol));
    line("udp", settings.udp ? "true" : "false");
    line("udp_port", std::to_string(settings.udp_port));
    return text;
}

Result<Settings> read_settings(const std::string& file) {
    std::ifstream in(file);
    if (!in) {
        return fail(Errc::FileNotFound, file);
    }
    const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    return parse_settings(text, file);
}

}  // namespace splash::splashd
