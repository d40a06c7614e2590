using Faultline.Engine;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Litmus.Checking;
using Faultline.Litmus.Conditions;
using Faultline.Litmus.Syntax;

namespace Faultline.Explain.Stories;

/// <summary>What happened, in one plain sentence.</summary>
internal static class Headline
{
    public static string Of(LitmusTest test, Machine machine, Finding finding, Tape? tape, Moment? moment)
    {
        string where = $"{test.Name} on {machine.Version.Name}, {ModelNames.Of(machine.Filesystem)}";
        string happened = finding.Violation is { } violation
            ? finding.Cycle is { } cycle ? Circle(cycle) : Sentence(violation, tape, moment)
            : test.Condition.Quantifier == Quantifier.Forall ? $"the condition need not hold: {test.Condition.Print()}"
            : $"the condition can hold: {test.Condition.Print()}";
        return $"{finding.Name} in {where}: {happened}";
    }

    private static string Sentence(Violation violation, Tape? tape, Moment? moment) => violation.Kind switch
    {
        ViolationKind.Warn => Warn(violation.Name, Detail(moment)),
        ViolationKind.Bug => With($"{violation.Name}() hits its BUG()", Detail(moment)),
        ViolationKind.DataRace => Race(violation.Name, tape, moment),
        ViolationKind.Deadlock => With("nobody can go on", tape is null ? "" : WaitTale.Sentence(tape)),
        ViolationKind.LostWakeup => With("a wake-up is lost", tape is null ? "" : WaitTale.Sentence(tape)),
        ViolationKind.Livelock => "from here on no end can be reached, though threads can run for ever",
        ViolationKind.BadUnlock => $"{violation.Name} is released by a thread that does not hold it",
        ViolationKind.SleepInAtomic => $"a thread may sleep for {violation.Name} with a spinlock held",
        ViolationKind.LockHeldAtExit => $"a thread ends with {violation.Name} held",
        ViolationKind.Invariant => With(Invariant(violation.Name), Detail(moment)),
        ViolationKind.Refinement => "no order of atomic loads, stores and system calls has this outcome",
        _ => violation.ToString(),
    };

    private static string Circle(LockCycle cycle) => cycle.Edges switch
    {
        [var closing, { IsSeen: true }] => $"{closing.Held} and {closing.Taken} are taken in both orders",
        [var closing, _] => $"{closing.Taken} is taken with {closing.Held} held, against the documented order",
        _ => $"locks are taken in a circle, {cycle.Print()}",
    };

    private static string Warn(string function, string detail)
    {
        const string Maps = "the PTE maps ", Wanted = ", to be inserted is ";
        int wanted = detail.IndexOf(Wanted, StringComparison.Ordinal);
        return detail.StartsWith(Maps, StringComparison.Ordinal) && wanted > 0
            ? $"{function}() met a PTE that maps {detail[Maps.Length..wanted]} while inserting {detail[(wanted + Wanted.Length)..]}"
            : With($"{function}() warns", detail);
    }

    private static string Race(string name, Tape? tape, Moment? moment)
    {
        if (tape is null || moment is not { Word: >= 0 })
        {
            return $"{name} is touched without the lock that guards it";
        }

        string function = tape.Steps[moment.Step].Events[moment.Event].Function;
        return $"{function}() touches {tape.Names[moment.Word]} without {tape.Names.GuardOf(moment.Word)}";
    }

    private static string Invariant(string name) => name switch
    {
        "I2" => "a PTE is writable, but fsync would not flush what is stored through it",
        "I3" => "a PTE does not map what the file has",
        "I4" => "a block is free while it can still be reached",
        "I5" => "a private copy is overwritten",
        "I6" => "a private copy of the file is all zeroes",
        "I7" => "a store that a sync call has promised is not persistent",
        "I10" => "a mapping entry that stands for a hole is not as it must be",
        "I11" => "a store is lost",
        "zero-page-writable" => "the zero page of a hole is mapped writable",
        "use-after-free" => "a page is used after it was freed",
        "private-store-to-file" => "a private store reaches the file",
        _ => $"invariant {name} does not hold",
    };

    private static string With(string sentence, string detail) => detail.Length == 0 ? sentence : $"{sentence}: {detail}";

    // What the model said, without the name before it.
    private static string Detail(Moment? moment)
    {
        if (moment is null)
        {
            return "";
        }

        int colon = moment.Text.IndexOf(": ", StringComparison.Ordinal);
        return colon < 0 ? "" : moment.Text[(colon + 2)..];
    }
}
