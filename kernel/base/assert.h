// Assertions: always on, in production too. One condition each, no side effects.
//
// Must never: do I/O. The kernel only declares `panic`; the embedding program defines it (the server logs
// and aborts, the simulator fails the seed, tests print and abort).
#pragma once

namespace vivarium {

/// An impossible state was reached. Never returns. `condition`, `file` are string literals.
[[noreturn]] void panic(const char* condition, const char* file, int line);

}  // namespace vivarium

/// Stops the program when `condition` is false.
#define KASSERT(condition) ((condition) ? static_cast<void>(0) : ::vivarium::panic(#condition, __FILE__, __LINE__))

/// `premise` implies `conclusion`.
#define KIMPLIES(premise, conclusion) KASSERT(!(premise) || (conclusion))

/// Documents that `condition` may be true or false here: the reader should not assume either.
#define KMAYBE(condition) static_cast<void>(condition)

/// A branch that cannot be reached.
#define KUNREACHABLE() ::vivarium::panic("unreachable", __FILE__, __LINE__)
