// The only file that sees yaml-cpp. Its exceptions end here.
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>

#include "lab/lab.hpp"
#include "topology_rules.hpp"

namespace splash::lab {
namespace {

std::string joined(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text += part;
    }
    return text;
}

class Reader {
public:
    explicit Reader(std::string_view file) : file_(file) {}

    [[nodiscard]] Result<Topology> read(const YAML::Node& root);

private:
    struct Settings {
        std::optional<std::string> kind;
        std::optional<std::string> snmpd_conf;
        std::optional<std::string> splash_toml;
    };

    [[nodiscard]] Failure refuse(const YAML::Mark& mark, const std::string& what) const {
        return fail(Errc::BadInput, file_ + ":" + std::to_string(mark.line + 1) + ":" +
                                        std::to_string(mark.column + 1) + ": " + what);
    }
    /// A map with no key twice and none but `known` (any, if that is empty).
    [[nodiscard]] Result<> check_map(const YAML::Node& map, const std::string& what,
                                     std::initializer_list<std::string_view> known) const;
    [[nodiscard]] Result<std::string> read_text(const YAML::Node& node, const std::string& what) const;
    [[nodiscard]] Result<Settings> read_settings(const YAML::Node& map, const std::string& what) const;
    [[nodiscard]] Result<> read_nodes(const YAML::Node& section);
    [[nodiscard]] Result<> read_links(const YAML::Node& links);
    [[nodiscard]] Result<> read_end(const YAML::Node& end, std::size_t& node, std::string& interface);

    std::string file_;
    Topology topology_;
    std::set<std::string> ends_;
};

Result<> Reader::check_map(const YAML::Node& map, const std::string& what,
                           std::initializer_list<std::string_view> known) const {
    if (!map.IsMap()) {
        return refuse(map.Mark(), what + " is not a map");
    }
    std::set<std::string> seen;
    for (const auto& entry : map) {
        if (!entry.first.IsScalar()) {
            return refuse(entry.first.Mark(), "a key in " + what + " is not text");
        }
        const std::string& key = entry.first.Scalar();
        if (known.size() != 0 && std::ranges::find(known, key) == known.end()) {
            std::string names;
            for (const std::string_view name : known) {
                names += names.empty() ? "" : ", ";
                names += name;
            }
            return refuse(entry.first.Mark(),
                          joined({what, " has no setting \"", key, "\"; it has ", names}));
        }
        if (!seen.insert(key).second) {
            return refuse(entry.first.Mark(), joined({"\"", key, "\" is twice in ", what}));
        }
    }
    return {};
}

Result<std::string> Reader::read_text(const YAML::Node& node, const std::string& what) const {
    if (!node.IsScalar()) {
        return refuse(node.Mark(), what + " is not text");
    }
    return node.Scalar();
}

Result<Reader::Settings> Reader::read_settings(const YAML::Node& map, const std::string& what) const {
    Settings settings;
    if (map.IsNull()) {
        return settings;  // "n1:" and nothing more
    }
    if (auto good = check_map(map, what, {"kind", "snmpd_conf", "splash_toml"}); !good) {
        return Failure(good.error());
    }
    for (const auto& entry : map) {
        const std::string& key = entry.first.Scalar();
        auto text = read_text(entry.second, joined({what, ".", key}));
        if (!text) {
            return Failure(text.error());
        }
        if (key == "kind") {
            if (!is_valid_kind(*text)) {
                return refuse(entry.second.Mark(), "kind \"" + *text + "\" is not splash or host");
            }
            settings.kind = *text;
        } else if (key == "snmpd_conf") {
            settings.snmpd_conf = *text;
        } else {
            settings.splash_toml = *text;
        }
    }
    return settings;
}

Result<> Reader::read_nodes(const YAML::Node& section) {
    Settings defaults;
    if (section["defaults"]) {
        auto settings = read_settings(section["defaults"], "defaults");
        if (!settings) {
            return Failure(settings.error());
        }
        defaults = *settings;
    }
    std::map<std::string, Settings> kinds;
    if (section["kinds"]) {
        if (auto good = check_map(section["kinds"], "kinds", {"splash", "host"}); !good) {
            return good;
        }
        for (const auto& entry : section["kinds"]) {
            auto settings = read_settings(entry.second, "kinds." + entry.first.Scalar());
            if (!settings) {
                return Failure(settings.error());
            }
            if (settings->kind) {
                return refuse(entry.second["kind"].Mark(), "a kind has no kind");
            }
            kinds[entry.first.Scalar()] = *settings;
        }
    }
    const YAML::Node nodes = section["nodes"];
    if (!nodes) {
        return refuse(section.Mark(), "topology has no nodes");
    }
    if (auto good = check_map(nodes, "nodes", {}); !good) {
        return good;
    }
    if (nodes.size() == 0 || nodes.size() > kMaxNodes) {
        return refuse(nodes.Mark(), std::to_string(nodes.size()) + " nodes; there may be 1 to " +
                                        std::to_string(kMaxNodes));
    }
    for (const auto& entry : nodes) {
        const std::string& name = entry.first.Scalar();
        if (!is_valid_name(name)) {
            return refuse(entry.first.Mark(), "node name \"" + name + "\" is not " + std::string(kNameRule));
        }
        auto own = read_settings(entry.second, "node " + name);
        if (!own) {
            return Failure(own.error());
        }
        // As containerlab does: a node's own word, else its kind's, else the default.
        NodeSpec node;
        node.name = name;
        node.kind = own->kind.value_or(defaults.kind.value_or(node.kind));
        const Settings& kind = kinds[node.kind];
        const auto choose = [&](std::optional<std::string> Settings::*setting) {
            for (const Settings* settings : {static_cast<const Settings*>(&*own), &kind}) {
                if (settings->*setting) {
                    return *(settings->*setting);
                }
            }
            return (defaults.*setting).value_or("");
        };
        node.snmpd_conf = choose(&Settings::snmpd_conf);
        node.splash_toml = choose(&Settings::splash_toml);
        topology_.nodes.push_back(std::move(node));
    }
    return {};
}

Result<> Reader::read_end(const YAML::Node& end, std::size_t& node, std::string& interface) {
    auto text = read_text(end, "an endpoint");
    if (!text) {
        return Failure(text.error());
    }
    const std::size_t colon = text->find(':');
    if (colon == std::string::npos) {
        return refuse(end.Mark(), "endpoint \"" + *text + "\" is not NODE:INTERFACE");
    }
    const auto named = std::ranges::find(topology_.nodes, text->substr(0, colon), &NodeSpec::name);
    if (named == topology_.nodes.end()) {
        return refuse(end.Mark(), "endpoint \"" + *text + "\": there is no node of that name");
    }
    interface = text->substr(colon + 1);
    if (!is_valid_interface(interface)) {
        return refuse(end.Mark(), "endpoint \"" + *text + "\": not an interface name");
    }
    if (!ends_.insert(*text).second) {
        return refuse(end.Mark(), "endpoint \"" + *text + "\" is in two links");
    }
    node = static_cast<std::size_t>(named - topology_.nodes.begin());
    return {};
}

Result<> Reader::read_links(const YAML::Node& links) {
    if (!links.IsSequence()) {
        return refuse(links.Mark(), "links is not a list");
    }
    for (const auto& entry : links) {
        if (auto good = check_map(entry, "a link", {"endpoints"}); !good) {
            return good;
        }
        const YAML::Node ends = entry["endpoints"];
        if (!ends || !ends.IsSequence() || ends.size() != 2) {
            return refuse(ends ? ends.Mark() : entry.Mark(), "a link has not two endpoints");
        }
        Link link;
        if (auto good = read_end(ends[0], link.a, link.a_interface); !good) {
            return good;
        }
        if (auto good = read_end(ends[1], link.b, link.b_interface); !good) {
            return good;
        }
        if (link.a == link.b) {
            return refuse(ends.Mark(), "a link joins " + topology_.nodes[link.a].name + " to itself");
        }
        topology_.links.push_back(std::move(link));
    }
    return {};
}

Result<Topology> Reader::read(const YAML::Node& root) {
    if (auto good = check_map(root, "the file", {"name", "topology"}); !good) {
        return Failure(good.error());
    }
    for (const char* key : {"name", "topology"}) {
        if (!root[key]) {
            return refuse(root.Mark(), std::string("the file has no \"") + key + "\"");
        }
    }
    auto name = read_text(root["name"], "name");
    if (!name) {
        return Failure(name.error());
    }
    if (!is_valid_name(*name)) {
        return refuse(root["name"].Mark(), "name \"" + *name + "\" is not " + std::string(kNameRule));
    }
    topology_.name = *name;
    const YAML::Node section = root["topology"];
    if (auto good = check_map(section, "topology", {"defaults", "kinds", "nodes", "links"}); !good) {
        return Failure(good.error());
    }
    if (auto good = read_nodes(section); !good) {
        return Failure(good.error());
    }
    if (section["links"]) {
        if (auto good = read_links(section["links"]); !good) {
            return Failure(good.error());
        }
    }
    return std::move(topology_);
}

}  // namespace

Result<Topology> parse_yaml(std::string_view text, std::string_view file) {
    try {
        const YAML::Node root = YAML::Load(std::string(text));
        auto topology = Reader(file).read(root);
        if (topology) {
            if (auto good = check(*topology); !good) {
                return fail(good.error().code, std::string(file) + ": " + good.error().detail);
            }
        }
        return topology;
    } catch (const YAML::Exception& e) {
        return fail(Errc::BadInput, std::string(file) + ":" + std::to_string(e.mark.line + 1) + ":" +
                                        std::to_string(e.mark.column + 1) + ": " + e.msg);
    }
}

}  // namespace splash::lab
