#include "plugins/plug_ins.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "c_function.hpp"
#include "plug_in.hpp"
#include "workers.hpp"

namespace splash::plugins {
namespace {

namespace fs = std::filesystem;
using Level = node::Log::Level;

constexpr std::string_view kBegin = "snap_svc_";
constexpr std::string_view kEnd = ".so";
/// How long the end waits for services that are running.
constexpr std::chrono::milliseconds kEndLimit{1000};

/// NAME of snap_svc_NAME.so; empty: it is not called so.
std::string plug_in_name(const std::string& file) {
    if (file.size() <= kBegin.size() + kEnd.size() || !file.starts_with(kBegin) || !file.ends_with(kEnd)) {
        return {};
    }
    return file.substr(kBegin.size(), file.size() - kBegin.size() - kEnd.size());
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

}  // namespace

std::string default_directory() {
    return "/usr/lib/" SPLASH_MULTIARCH "/splash/services";
}

class PlugIns::State {
public:
    State(const Settings& settings, const Surroundings& surroundings)
        : settings_(settings), surroundings_(surroundings), patience_(surroundings.patience) {}
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { sources_.clear(); }  // sets before the workers they refer to

    void load() {
        for (const std::string& path : find_plug_ins()) {
            take(path, load_plug_in(path, surroundings_.owner));
        }
        for (const CFunctionSettings& setting : settings_.functions) {
            auto function = load_c_function(setting, surroundings_.owner);
            if (function) {
                std::vector<Function> one;
                one.push_back(std::move(*function));
                take(setting.library, std::move(one));
            } else {
                take(setting.library, Failure(function.error()));
            }
        }
    }
    [[nodiscard]] std::span<const Source> sources() const { return sources_; }
    [[nodiscard]] Workers* workers() const { return workers_.get(); }
    void set_patience(std::chrono::milliseconds patience) {
        patience_ = patience;
        if (workers_) {
            workers_->set_patience(patience);
        }
    }

private:
    /// In the order of their names, which decides who has a name that two offer. Of a directory that is not
    /// to be trusted none, and it stands among the sources in their place.
    std::vector<std::string> find_plug_ins() {
        const std::string directory = settings_.directory.value_or(default_directory());
        std::vector<std::string> paths;
        std::vector<std::string> missing = settings_.enabled;
        std::error_code error;
        for (auto at = fs::directory_iterator(directory, error); !error && at != fs::directory_iterator();
             at.increment(error)) {
            const std::string name = plug_in_name(at->path().filename().string());
            std::erase(missing, name);
            if (!name.empty() && (settings_.enabled.empty() || contains(settings_.enabled, name)) &&
                !contains(settings_.disabled, name)) {
                paths.push_back(at->path().string());
            }
        }
        if (error && (settings_.directory || error != std::errc::no_such_file_or_directory)) {
            log(Level::Warning, "the directory of services " + directory + ": " + error.message());
        }
        for (const std::string& name : missing) {
            log(Level::Warning, "there is no " + std::string(kBegin) + name + std::string(kEnd) + " in " +
                                    directory + ", which [services] enables");
        }
        if (auto trusted = check_directory(directory, surroundings_.owner); !paths.empty() && !trusted) {
            take(directory, Failure(trusted.error()));
            return {};
        }
        std::ranges::sort(paths);
        return paths;
    }

    void take(const std::string& path, Result<std::vector<Function>> functions) {
        Source source{path, nullptr, std::nullopt};
        if (auto offered = functions ? offer(std::move(*functions), source) : Failure(functions.error());
            !offered) {
            source.services = nullptr;
            source.why_not = offered.error();
            log(Level::Error, to_string(offered.error()));
        }
        sources_.push_back(std::move(source));
    }

    Result<> offer(std::vector<Function> functions, Source& source) {
        const bool may_block = std::ranges::any_of(functions, &Function::may_block);
        if (may_block && !workers_) {
            auto workers = Workers::start({settings_.workers, settings_.queue, patience_}, surroundings_.log);
            if (!workers) {
                return Failure(workers.error());
            }
            workers_ = std::move(*workers);
        }
        auto set = std::make_unique<FunctionSet>(std::move(functions), workers_.get(), surroundings_.log);
        if (auto offered = surroundings_.offer(*set); !offered) {
            return fail(Errc::PlugIn, source.path + ": " + offered.error().detail);
        }
        std::string names;
        for (const node::Service& service : set->services()) {
            names += ' ' + std::string(service.name);
        }
        log(Level::Info, "services of " + source.path + ':' + names);
        source.services = std::move(set);
        return {};
    }

    void log(Level level, const std::string& text) { surroundings_.log.write(level, text); }

    Settings settings_;
    Surroundings surroundings_;
    std::chrono::milliseconds patience_;
    std::unique_ptr<Workers> workers_;
    std::vector<Source> sources_;
};

PlugIns::PlugIns(std::unique_ptr<State> state) : state_(std::move(state)) {}
PlugIns::~PlugIns() {
    static_cast<void>(close());
}

std::unique_ptr<PlugIns> PlugIns::load(const Settings& settings, const Surroundings& surroundings) {
    auto state = std::make_unique<State>(settings, surroundings);
    state->load();
    return std::unique_ptr<PlugIns>(new PlugIns(std::move(state)));
}

std::span<const Source> PlugIns::sources() const {
    return state_->sources();
}
std::optional<int> PlugIns::poll_fd() const {
    return state_->workers() == nullptr ? std::nullopt : std::optional(state_->workers()->fd());
}
void PlugIns::take_answers() {
    if (state_->workers() != nullptr) {
        state_->workers()->take_answers();
    }
}
void PlugIns::set_patience(std::chrono::milliseconds patience) {
    state_->set_patience(patience);
}
bool PlugIns::close() {
    return state_->workers() == nullptr || state_->workers()->stop(kEndLimit);
}

}  // namespace splash::plugins
