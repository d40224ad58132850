// Many SNMP agents asked at once by one thread: the way a management station polls a network.
//
//   auto poller = Poller::open({"-v2c", "-c", "public"});
//   poller->get("10.0.0.1", {sys_name}, done);   poller->get("10.0.0.2", ...);   // queued
//   poller->run();                                                              // until all have answered
//
// Blocking in run() only; by SNMPv3 also while an agent's engine is discovered, one after the other. Every
// request ends by its answer or its last timeout. One thread.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "snmp/manager.hpp"

namespace splash::snmp {

class Poller {
public:
    /// So many requests are on their way at once unless open() was told otherwise.
    static constexpr std::size_t kMostAtOnce = 256;

    /// @param options  of net-snmp's tools, without an agent; snmp.conf gives the defaults.
    /// @error Usage an option is wrong.
    [[nodiscard]] static Result<Poller> open(std::vector<std::string> options,
                                             std::size_t most_at_once = kMostAtOnce);
    Poller(Poller&&) noexcept;
    Poller& operator=(Poller&&) noexcept;
    ~Poller();

    /// Opens an agent's session before there is something to ask; else the first request does. `agent` as
    /// below.
    /// @error System no socket, or no such address.
    [[nodiscard]] Result<> open_session(const std::string& agent);

    /// Runs once, in run(). May ask for more. Errors are those of Manager.
    using Done = std::function<void(Result<std::vector<VarBind>>)>;
    /// `agent` as net-snmp takes it: "10.0.0.5", "udp6:[2001:db8::1]:161". By SNMPv1 too an object that is
    /// not there has an exception for its value, which takes another message for each.
    void get(const std::string& agent, const std::vector<Oid>& oids, Done done);
    void get_next(const std::string& agent, const std::vector<Oid>& oids, Done done);
    /// Up to `most` rows of objects that follow `oids`, one of each a row; by SNMPv1, which has no GETBULK,
    /// one row.
    void get_bulk(const std::string& agent, const std::vector<Oid>& oids, unsigned most, Done done);

    /// Writes all or, refused, none. net-snmp repeats it after a timeout as it does a question: give "-r",
    /// "0".
    /// @error BadInput  through `done`: a value that is none of its type.
    void set(const std::string& agent, const std::vector<SetBind>& binds, Done done);
    /// As set(), but an agent's refusal is an answer, too: bindings whose value is the exception of its
    /// error-status.
    void try_set(const std::string& agent, const std::vector<SetBind>& binds, Done done);

    /// Sends what is queued and waits until every request has ended.
    /// @error System  the wait itself failed.
    [[nodiscard]] Result<> run();

    /// Messages sent for the first time, answers taken; repetitions after a timeout are net-snmp's own.
    struct Traffic {
        std::size_t requests = 0;
        std::size_t answers = 0;
    };
    [[nodiscard]] Traffic traffic() const;

private:
    class State;
    explicit Poller(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace splash::snmp
