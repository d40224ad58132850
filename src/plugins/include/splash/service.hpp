// SPDX-License-Identifier: BSD-3-Clause
//
// Services in C++: ordinary functions become a plug-in of splashd (splash/service.h has the interface, the
// threads and the rights). C++17.
//
//   #include <splash/service.hpp>
//
//   namespace {
//   std::string greet(const std::string& name, std::int64_t times);
//   }
//   SPLASH_PLUG_IN(splash::service<&greet>("greet").cost(16).needs_read().meaning("says hello"))
//
// Arguments: std::int64_t, double, std::string, splash::Address, splash::Oid, by value or const reference.
// Results: the same; std::tuple of them for several; std::vector of one for a list; void is the integer 1.
// What a function throws: splash::Failure(SPLASH_EXC_...) is that exception, anything else exception 36.
#ifndef SPLASH_SERVICE_HPP
#define SPLASH_SERVICE_HPP

#include <splash/service.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace splash {

/// Ends a service with an exception the program sees.
struct Failure {
    std::uint32_t exception = SPLASH_EXC_SERVICE_FAILED;
    explicit Failure(std::uint32_t code) : exception(code) {}
};

/// 4 or 16 octets in network order.
struct Address {
    std::array<std::uint8_t, 16> octets{};
    std::size_t length = 4;
};

struct Oid {
    std::vector<std::uint32_t> subids;
};

namespace detail {

template <class T>
struct Value;  // a type that is no value of the language ends here

template <>
struct Value<std::int64_t> {
    static constexpr char letter = 'i';
    static std::int64_t get(const splash_call* call, std::uint32_t n) {
        std::int64_t value = 0;
        splash_get_int(call, n, &value);
        return value;
    }
    static bool give(splash_call* call, std::int64_t value) { return splash_give_int(call, value) != 0; }
};
template <>
struct Value<double> {
    static constexpr char letter = 'f';
    static double get(const splash_call* call, std::uint32_t n) {
        double value = 0;
        splash_get_float(call, n, &value);
        return value;
    }
    static bool give(splash_call* call, double value) { return splash_give_float(call, value) != 0; }
};
template <>
struct Value<std::string> {
    static constexpr char letter = 's';
    static std::string get(const splash_call* call, std::uint32_t n) {
        std::size_t length = 0;
        const char* const octets = splash_get_str(call, n, &length);
        return octets == nullptr ? std::string() : std::string(octets, length);
    }
    static bool give(splash_call* call, const std::string& value) {
        return splash_give_str(call, value.data(), value.size()) != 0;
    }
};
template <>
struct Value<Address> {
    static constexpr char letter = 'a';
    static Address get(const splash_call* call, std::uint32_t n) {
        Address value;
        value.length = splash_get_addr(call, n, value.octets.data());
        return value;
    }
    static bool give(splash_call* call, const Address& value) {
        // A length of neither 4 nor 16 is the daemon's to refuse, unless it would read beyond.
        const std::size_t length = value.length <= value.octets.size() ? value.length : 0;
        return splash_give_addr(call, value.octets.data(), length) != 0;
    }
};
template <>
struct Value<Oid> {
    static constexpr char letter = 'o';
    static Oid get(const splash_call* call, std::uint32_t n) {
        std::size_t length = 0;
        const std::uint32_t* const subids = splash_get_oid(call, n, &length);
        return Oid{subids == nullptr ? std::vector<std::uint32_t>()
                                     : std::vector<std::uint32_t>(subids, subids + length)};
    }
    static bool give(splash_call* call, const Oid& value) {
        return splash_give_oid(call, value.subids.data(), value.subids.size()) != 0;
    }
};

template <class T>
struct Results {
    static std::string letters() { return std::string(1, Value<T>::letter); }
    static void give(splash_call* call, const T& value) { Value<T>::give(call, value); }
};
template <class... T>
struct Results<std::tuple<T...>> {
    static std::string letters() { return {Value<T>::letter...}; }
    static void give(splash_call* call, const std::tuple<T...>& values) {
        std::apply([call](const T&... each) { static_cast<void>((Value<T>::give(call, each) && ...)); },
                   values);
    }
};
template <class T>
struct Results<std::vector<T>> {
    static std::string letters() { return {Value<T>::letter, '#'}; }
    static void give(splash_call* call, const std::vector<T>& values) {
        for (const T& value : values) {
            if (!Value<T>::give(call, value)) {
                return;
            }
        }
    }
};

template <auto Function>
struct Entry;
template <class Result, class... Arguments, Result (*Function)(Arguments...)>
struct Entry<Function> {
    static std::string arguments() { return {Value<std::decay_t<Arguments>>::letter...}; }
    static std::string results() {
        if constexpr (std::is_void_v<Result>) {
            return Results<std::int64_t>::letters();
        } else {
            return Results<std::decay_t<Result>>::letters();
        }
    }
    // Nothing thrown may leave it: its caller is C.
    static void run(void* /*handle*/, splash_call* call) noexcept {
        try {
            run_with(call, std::make_index_sequence<sizeof...(Arguments)>());
        } catch (const Failure& failure) {
            splash_fail(call, failure.exception);
        } catch (...) {
            splash_fail(call, SPLASH_EXC_SERVICE_FAILED);
        }
    }

private:
    template <std::size_t... N>
    static void run_with(splash_call* call, std::index_sequence<N...> /*all*/) {
        if constexpr (std::is_void_v<Result>) {
            Function(Value<std::decay_t<Arguments>>::get(call, static_cast<std::uint32_t>(N))...);
            splash_give_int(call, 1);
        } else {
            Results<std::decay_t<Result>>::give(
                call, Function(Value<std::decay_t<Arguments>>::get(call, static_cast<std::uint32_t>(N))...));
        }
    }
};

}  // namespace detail

/// A service and how it presents itself; without more it costs 16 units, needs no right and must not block.
class Service {
public:
    using Run = void (*)(void*, splash_call*);
    Service(std::string name, std::string arguments, std::string results, Run run)
        : name_(std::move(name)), arguments_(std::move(arguments)), results_(std::move(results)), run_(run) {}

    Service& cost(std::uint32_t units) { return cost_ = units, *this; }
    Service& needs_read() { return right_ = SPLASH_RIGHT_READ, *this; }
    Service& needs_write() { return right_ = SPLASH_RIGHT_WRITE, *this; }
    Service& needs_configure() { return right_ = SPLASH_RIGHT_CONFIGURE, *this; }
    /// Runs on a worker thread.
    Service& may_block() { return flags_ |= SPLASH_MAY_BLOCK, *this; }
    Service& meaning(std::string line) { return meaning_ = std::move(line), *this; }

    /// Valid as long as this object stays where it is.
    [[nodiscard]] splash_service describe() const {
        return {sizeof(splash_service),
                name_.c_str(),
                arguments_.c_str(),
                results_.c_str(),
                cost_,
                right_,
                flags_,
                meaning_.c_str(),
                run_};
    }

private:
    std::string name_;
    std::string arguments_;
    std::string results_;
    std::string meaning_;
    Run run_;
    std::uint32_t cost_ = 16;
    std::uint32_t right_ = SPLASH_RIGHT_NONE;
    std::uint32_t flags_ = 0;
};

template <auto Function>
[[nodiscard]] Service service(std::string name) {
    using Entry = detail::Entry<Function>;
    return {std::move(name), Entry::arguments(), Entry::results(), &Entry::run};
}

/// What the handle of a plug-in of SPLASH_PLUG_IN points to.
class Services {
public:
    explicit Services(std::vector<Service> services) : services_(std::move(services)) {
        for (const Service& each : services_) {
            described_.push_back(each.describe());
        }
    }
    Services(const Services&) = delete;
    Services& operator=(const Services&) = delete;

    [[nodiscard]] const splash_service* next(const splash_service* previous) const {
        const splash_service* const at = previous == nullptr ? described_.data() : previous + 1;
        return at == described_.data() + described_.size() ? nullptr : at;
    }

private:
    std::vector<Service> services_;
    std::vector<splash_service> described_;
};

}  // namespace splash

/// The entry points of a plug-in that offers these services, each made by splash::service<&function>("name").
#define SPLASH_PLUG_IN(...)                                                                      \
    extern "C" {                                                                                 \
    const splash_service_abi snap_svc_abi = SPLASH_SERVICE_ABI_OF_THIS_HEADER;                   \
    void* snap_svc_init(char* /*why*/, size_t /*size*/) {                                        \
        try {                                                                                    \
            return new splash::Services({__VA_ARGS__});                                          \
        } catch (...) {                                                                          \
            return nullptr;                                                                      \
        }                                                                                        \
    }                                                                                            \
    const splash_service* snap_svc_next_function(void* handle, const splash_service* previous) { \
        return static_cast<splash::Services*>(handle)->next(previous);                           \
    }                                                                                            \
    int snap_svc_last_result(void* /*handle*/, void* /*dataset*/, splash_call* /*call*/) {       \
        return 0;                                                                                \
    }                                                                                            \
    void snap_svc_free_result(void* /*handle*/, void* /*dataset*/) {}                            \
    void snap_svc_fini(void* handle) {                                                           \
        delete static_cast<splash::Services*>(handle);                                           \
    }                                                                                            \
    }

#endif
