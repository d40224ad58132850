// Who uses how much of what is limited, so that nobody uses it up for the others.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace splash::node {

class Shares {
public:
    /// Of a limit one principal gets this part, but one place at least.
    static constexpr std::size_t kParts = 4;

    /// Whether one more is within the limit for all and the principal's part of it. Others, however many
    /// they are, leave the clients on the UNIX socket their part.
    [[nodiscard]] bool has_room(std::string_view principal, std::size_t limit) const;
    void take(std::string_view principal);
    /// What was taken before.
    void give_back(std::string_view principal);
    [[nodiscard]] std::size_t in_all() const { return in_all_; }

private:
    [[nodiscard]] std::size_t of(std::string_view principal) const;

    std::size_t in_all_ = 0;
    std::map<std::string, std::size_t, std::less<>> by_principal_;  ///< of those who use any
};

}  // namespace splash::node
