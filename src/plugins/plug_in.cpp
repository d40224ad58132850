#include "plug_in.hpp"

#include <splash/service.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>

#include "service_call.hpp"

namespace splash::plugins {
namespace {

constexpr std::size_t kMaxServices = 256;
constexpr std::size_t kMaxValues = 16;  // arguments, and likewise results
constexpr std::size_t kMaxName = 63;
constexpr std::uint32_t kMaxCost = 1'000'000;  // no program's budget is larger
// Of the first version of the interface: less is none of it, more has been added since.
constexpr std::uint32_t kFirstService = offsetof(splash_service, run) + sizeof(splash_service::run);
constexpr std::uint32_t kFirstFunctions =
    offsetof(splash_call_functions, milliseconds_left) + sizeof(splash_call_functions::milliseconds_left);

/// The five functions, and the handle that the first has given.
class PlugIn {
public:
    explicit PlugIn(std::shared_ptr<Library> library) : library_(std::move(library)) {}
    PlugIn(const PlugIn&) = delete;
    PlugIn& operator=(const PlugIn&) = delete;
    ~PlugIn() {
        if (handle_ != nullptr) {
            fini_(handle_);
        }
    }

    Result<> bind() {
        if (auto checked = check_abi(); !checked) {
            return checked;
        }
        std::string missing;
        const auto take = [&](const char* name, auto& into) {
            into = reinterpret_cast<std::remove_reference_t<decltype(into)>>(library_->symbol(name));
            if (into == nullptr) {
                missing += (missing.empty() ? "" : ", ") + std::string(name);
            }
        };
        take("snap_svc_init", init_);
        take("snap_svc_next_function", next_function_);
        take("snap_svc_last_result", last_result_);
        take("snap_svc_free_result", free_result_);
        take("snap_svc_fini", fini_);
        if (!missing.empty()) {
            return refused("does not export " + missing);
        }
        return {};
    }

    Result<> init() {
        std::array<char, 256> why{};
        handle_ = init_(why.data(), why.size());
        why.back() = 0;
        if (handle_ == nullptr) {
            return refused(why.front() == 0 ? "snap_svc_init gave no handle and no reason"
                                            : "snap_svc_init: " + std::string(why.data()));
        }
        return {};
    }

    /// Every service as it describes itself; members this plug-in's header does not have yet are 0.
    Result<std::vector<splash_service>> services() {
        std::vector<splash_service> all;
        const splash_service* at = nullptr;
        while ((at = next_function_(handle_, at)) != nullptr) {
            if (all.size() == kMaxServices) {
                return refused("tells of more than " + std::to_string(kMaxServices) + " services");
            }
            splash_service service{};
            if (at->size < kFirstService || at->size > sizeof service) {
                return refused("describes service " + std::to_string(all.size() + 1) + " in " +
                               std::to_string(at->size) + " octets; " + std::to_string(sizeof service) +
                               " were expected");
            }
            std::memcpy(&service, at, at->size);
            all.push_back(service);
        }
        if (all.empty()) {
            return refused("offers no service");
        }
        return all;
    }

    [[nodiscard]] Outcome run(const splash_service& service, std::span<const isa::Value> arguments,
                              node::Instant give_up) const {
        ServiceCall call(arguments, give_up);
        try {
            service.run(handle_, &call);
            take_dataset(call);
        } catch (...) {  // of a plug-in in C++; a dataset is freed all the same
            free_dataset(call);
            throw;
        }
        free_dataset(call);
        return call.take();
    }

    [[nodiscard]] Failure refused(const std::string& why) const {
        return fail(Errc::PlugIn, library_->path() + ' ' + why);
    }

private:
    /// Asks for the values of the dataset, if the service left one, until there are no more.
    void take_dataset(ServiceCall& call) const {
        if (call.dataset() == nullptr) {
            return;
        }
        std::size_t before = call.result_count();
        // One that says there is more and gives nothing would go on for ever.
        while (!call.has_failed() && last_result_(handle_, call.dataset(), &call) != 0 &&
               call.result_count() > before) {
            before = call.result_count();
        }
    }
    void free_dataset(const ServiceCall& call) const {
        if (call.dataset() != nullptr) {
            free_result_(handle_, call.dataset());
        }
    }

    [[nodiscard]] Result<> check_abi() const {
        const auto* abi = static_cast<const splash_service_abi*>(library_->symbol("snap_svc_abi"));
        if (abi == nullptr) {
            return refused("does not export snap_svc_abi");
        }
        if (abi->version != SPLASH_SERVICE_ABI) {
            return refused("is built for version " + std::to_string(abi->version) +
                           " of the interface; this splashd has version " +
                           std::to_string(SPLASH_SERVICE_ABI));
        }
        const auto check = [this](const char* name, std::uint32_t found, std::size_t first,
                                  std::size_t ours) -> Result<> {
            if (found >= first && found <= ours) {
                return {};
            }
            return refused("is built with struct " + std::string(name) + " of " + std::to_string(found) +
                           " octets; this splashd has " + std::to_string(ours));
        };
        auto checked = check("splash_service", abi->size_of_service, kFirstService, sizeof(splash_service));
        if (checked) {
            checked = check("splash_call_functions", abi->size_of_functions, kFirstFunctions,
                            sizeof(splash_call_functions));
        }
        return checked;
    }

    std::shared_ptr<Library> library_;
    decltype(&snap_svc_init) init_ = nullptr;
    decltype(&snap_svc_next_function) next_function_ = nullptr;
    decltype(&snap_svc_last_result) last_result_ = nullptr;
    decltype(&snap_svc_free_result) free_result_ = nullptr;
    decltype(&snap_svc_fini) fini_ = nullptr;
    void* handle_ = nullptr;
};

bool is_name(std::string_view text) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return !text.empty() && text.size() <= kMaxName &&
           text.find_first_not_of(kLetters) == std::string_view::npos;
}

/// What is wrong with a description; empty: nothing.
std::string mistake_in(const splash_service& service) {
    if (service.name == nullptr || !is_name(service.name)) {
        return "has a name that is not 1 to 63 letters, digits and _";
    }
    if (service.arguments == nullptr || service.results == nullptr || service.meaning == nullptr ||
        service.run == nullptr) {
        return "lacks arguments, results, meaning or run";
    }
    const std::string_view arguments = service.arguments;
    std::string_view results = service.results;
    if (results.size() == 2 && results.back() == '#') {
        results.remove_suffix(1);
    }
    for (const std::string_view letters : {arguments, results}) {
        if (letters.size() > kMaxValues || letters.find_first_not_of("ifsao*") != std::string_view::npos) {
            return "has the signature \"" + std::string(arguments) + "\" -> \"" + service.results +
                   "\"; it takes up to 16 of the letters i f s a o *, and results may be one and #";
        }
    }
    if (results.empty()) {
        return "gives no result, so that no program could see it fail; declare the result \"i\" and give 1";
    }
    if (service.cost > kMaxCost) {
        return "costs " + std::to_string(service.cost) + ", more than any program has";
    }
    if (service.right > SPLASH_RIGHT_CONFIGURE) {
        return "needs right " + std::to_string(service.right) + ", which there is not";
    }
    if ((service.flags & ~SPLASH_MAY_BLOCK) != 0) {
        return "has flags " + std::to_string(service.flags) + ", some of which this splashd does not know";
    }
    return {};
}

}  // namespace

Result<std::vector<Function>> load_plug_in(const std::string& path, uid_t owner) {
    auto library = Library::open(path, owner);
    if (!library) {
        return Failure(library.error());
    }
    const auto plug_in = std::make_shared<PlugIn>(std::move(*library));
    std::vector<Function> functions;
    try {
        Result<> ready = plug_in->bind();
        if (ready) {
            ready = plug_in->init();
        }
        if (!ready) {
            return Failure(ready.error());
        }
        const auto services = plug_in->services();
        if (!services) {
            return Failure(services.error());
        }
        for (const splash_service& service : *services) {
            const std::string mistake = mistake_in(service);
            if (!mistake.empty()) {
                const bool is_named = service.name != nullptr && is_name(service.name);
                return plug_in->refused(
                    "offers service " +
                    (is_named ? std::string(service.name) : std::to_string(functions.size() + 1)) +
                    ", which " + mistake);
            }
            functions.push_back(
                {.name = service.name,
                 .arguments = service.arguments,
                 .results = service.results,
                 .cost = service.cost,
                 .right = static_cast<node::Right>(service.right),
                 .may_block = (service.flags & SPLASH_MAY_BLOCK) != 0,
                 .meaning = service.meaning,
                 .run = [plug_in, service](std::span<const isa::Value> arguments, node::Instant give_up) {
                     return plug_in->run(service, arguments, give_up);
                 }});
        }
    } catch (const std::exception& thrown) {
        return plug_in->refused("threw an exception: " + std::string(thrown.what()));
    }
    return functions;
}

}  // namespace splash::plugins
