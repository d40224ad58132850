// splash: wires a command line to its command and maps what comes back to exit statuses.
#include <cstdlib>
#include <exception>
#include <iostream>

#include "arguments.hpp"
#include "command_line.hpp"

namespace {

int run_command(const splash::cli::Command& command) {
    const splash::cli::Streams streams{std::cout, std::cerr};
    const auto finished =
        std::visit([&streams](const auto& args) { return splash::cli::run(args, streams); }, command);
    std::cout.flush();
    if (!finished) {
        std::cerr << "splash: " << splash::to_string(finished.error()) << '\n';
        return static_cast<int>(splash::exit_class(finished.error().code));
    }
    if (!std::cout) {
        std::cerr << "splash: standard output cannot be written\n";
        return static_cast<int>(splash::ExitClass::Environment);
    }
    return finished->status;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const auto parsed = splash::cli::parse_command_line({argv + 1, argv + argc});
        if (const auto* stop = std::get_if<splash::cli::Stop>(&parsed)) {
            std::cout << stop->out << std::flush;
            std::cerr << stop->err;
            return stop->status;
        }
        return run_command(std::get<splash::cli::Command>(parsed));
    } catch (const std::exception& e) {
        std::cerr << "splash: " << e.what() << ": " << splash::to_string(splash::Error{splash::Errc::Bug, {}})
                  << '\n';
        return static_cast<int>(splash::ExitClass::Bug);
    }
}
