// Settings in words: what --splash-check prints, and what SIGHUP cannot change.
#include <algorithm>
#include <utility>

#include "plugins/plug_ins.hpp"
#include "settings.hpp"

namespace splash::splashd {
namespace {

constexpr const char* kSecret = "(not shown)";

std::vector<std::string> names_of(const node::Rights& rights) {
    std::vector<std::string> names;
    for (const auto& [has, name] :
         {std::pair(rights.read, "read"), std::pair(rights.write, "write"), std::pair(rights.send, "send"),
          std::pair(rights.configure, "configure")}) {
        if (has) {
            names.emplace_back(name);
        }
    }
    return names.empty() ? std::vector<std::string>{"none"} : names;
}

/// Lines of the settings of one table after the other.
class Lines {
public:
    void begin(std::string table) { table_ = std::move(table); }
    /// One of several of a name; they count from 1.
    void begin(std::string_view table, std::size_t before) {
        begin(std::string(table) + '[' + std::to_string(before + 1) + ']');
    }
    void text(std::string_view key, std::string value) {
        if (value.empty()) {
            return;
        }
        // A line stays one, whatever a name or a meaning is.
        std::ranges::replace_if(
            value, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
        all_ += table_ + '.' + std::string(key) + ' ' + value + '\n';
    }
    void flag(std::string_view key, bool value) { text(key, value ? "true" : "false"); }
    template <class Number>
    void number(std::string_view key, Number value) {
        text(key, std::to_string(static_cast<std::int64_t>(value)));
    }
    void list(std::string_view key, const std::vector<std::string>& values) {
        std::string joined;
        for (const std::string& value : values) {
            joined += (joined.empty() ? "" : ",") + value;
        }
        text(key, joined);
    }
    /// Of what has to_string().
    template <class T>
    void list_of(std::string_view key, const std::vector<T>& values) {
        std::vector<std::string> texts;
        texts.reserve(values.size());
        for (const T& value : values) {
            texts.push_back(value.to_string());
        }
        list(key, texts);
    }
    void secret(std::string_view key, const std::string& value) { text(key, value.empty() ? "" : kSecret); }
    [[nodiscard]] std::string take() { return std::move(all_); }

private:
    std::string table_;
    std::string all_;
};

void describe_node(const Settings& settings, Lines& lines) {
    const node::Config& node = settings.node;
    lines.begin("node");
    lines.text("name", node.name);
    lines.list_of("address", settings.addresses);
    lines.text("socket", settings.socket);
    lines.text("socket_group", settings.socket_group);
    lines.flag("raw", settings.raw);
    lines.number("protocol", settings.protocol);
    lines.flag("udp", settings.udp);
    lines.number("udp_port", settings.udp_port);
    lines.list_of("domain", node.domain);
    lines.number("workspace", node.workspace);
    lines.number("budget", node.budget_extra);
    lines.number("max_parked", node.max_parked);
    lines.number("park_timeout_ms", node.park_timeout.count());
    lines.number("max_proxied", node.max_proxied);
    lines.number("notifications_per_second", node.notifications_per_second);
    lines.number("reports_per_second", node.reports_per_second);
}

void describe_rule(const node::AllowRule& rule, Lines& lines) {
    lines.text("prefix", rule.prefix.to_string());
    lines.flag("insecure", true);  // or there is no such rule
    lines.list("rights", names_of(rule.rights));
    lines.text("snmp_user", rule.snmp_user);
    lines.number("bound", rule.bound);
}

std::string version_text(node::AgentRule::Version version) {
    switch (version) {
        case node::AgentRule::Version::V1: return "1";
        case node::AgentRule::Version::V2c: return "2c";
        case node::AgentRule::Version::V3: return "3";
    }
    return "";
}

void describe_agent(const node::AgentRule& rule, Lines& lines) {
    lines.text("prefix", rule.prefix.to_string());
    lines.number("port", rule.port);
    lines.text("version", version_text(rule.version));
    lines.secret("community", rule.community);
    lines.text("user", rule.user.name);
    lines.text("auth", rule.user.auth);
    lines.secret("auth_password", rule.user.auth_password);
    lines.text("priv", rule.user.priv);
    lines.secret("priv_password", rule.user.priv_password);
    lines.number("timeout_ms", rule.timeout.count());
}

void describe_dictionary(const node::DictionaryLimits& limits, Lines& lines) {
    lines.begin("dictionary");
    lines.number("entries", limits.entries);
    lines.number("octets", limits.octets);
    lines.number("entries_per_principal", limits.entries_per_principal);
    lines.number("octets_per_principal", limits.octets_per_principal);
    lines.number("time_to_live_s", limits.time_to_live.count());
}

void describe_services(const plugins::Settings& services, Lines& lines) {
    lines.begin("services");
    lines.text("directory", services.directory.value_or(plugins::default_directory()));
    lines.list("enabled", services.enabled);
    lines.list("disabled", services.disabled);
    lines.number("workers", services.workers);
    lines.number("queue", services.queue);
    for (std::size_t n = 0; n < services.functions.size(); ++n) {
        const plugins::CFunctionSettings& function = services.functions[n];
        lines.begin("services.function", n);
        lines.text("library", function.library);
        lines.text("symbol", function.prototype.name);
        lines.text("service", function.service);
        lines.text("signature", to_string(function.prototype));
        lines.text("right", std::string(name_of(function.right)));
        lines.number("cost", function.cost);
        lines.flag("blocks", function.may_block);
        lines.flag("free", function.frees_result);
        lines.text("meaning", function.meaning);
    }
}

}  // namespace

std::string_view name_of(node::Right right) {
    switch (right) {
        case node::Right::None: return "none";
        case node::Right::Read: return "read";
        case node::Right::Write: return "write";
        case node::Right::Configure: return "configure";
    }
    return "";
}

std::string describe(const Settings& settings) {
    const node::Config& node = settings.node;
    Lines lines;
    describe_node(settings, lines);
    lines.begin("local");
    lines.list("rights", names_of(node.local_rights));
    lines.text("snmp_user", node.local_user);
    lines.number("bound", node.max_bound);
    for (std::size_t n = 0; n < node.allow.size(); ++n) {
        lines.begin("allow", n);
        describe_rule(node.allow[n], lines);
    }
    for (std::size_t n = 0; n < node.peers.size(); ++n) {
        lines.begin("peer", n);
        lines.text("address", node.peers[n].address.to_string());
        lines.number("port", node.peers[n].port);
    }
    lines.begin("sysctl");
    lines.list("read", node.sysctl.read);
    lines.list("write", node.sysctl.write);
    describe_dictionary(node.dictionary, lines);
    for (std::size_t n = 0; n < node.agents.size(); ++n) {
        lines.begin("agent", n);
        describe_agent(node.agents[n], lines);
    }
    lines.begin("metrics");
    lines.text("listen", settings.metrics ? settings.metrics->to_string() : "");
    describe_services(settings.services, lines);
    return lines.take();
}

std::vector<std::string> changes_for_restart(const Settings& running, const Settings& wanted) {
    std::vector<std::string> names;
    const auto compare = [&names](const char* name, const auto& was, const auto& is) {
        if (was != is) {
            names.emplace_back(name);
        }
    };
    compare("socket", running.socket, wanted.socket);
    compare("socket_group", running.socket_group, wanted.socket_group);
    compare("address", running.addresses, wanted.addresses);
    compare("raw", running.raw, wanted.raw);
    compare("protocol", running.protocol, wanted.protocol);
    compare("udp", running.udp, wanted.udp);
    compare("udp_port", running.udp_port, wanted.udp_port);
    compare("metrics.listen", running.metrics, wanted.metrics);
    compare("services", running.services, wanted.services);
    return names;
}

std::vector<std::string> capabilities_for_restart(const Settings& running, const Settings& wanted) {
    const std::vector<std::string> kept = needed_capabilities(running);
    std::vector<std::string> lacking = needed_capabilities(wanted);
    std::erase_if(lacking,
                  [&kept](const std::string& name) { return std::ranges::find(kept, name) != kept.end(); });
    return lacking;
}

}  // namespace splash::splashd
