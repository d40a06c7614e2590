using System.Diagnostics;
using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.State;
using Faultline.Engine.Witnesses;
using Faultline.Kernel;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Expectations;

namespace Faultline.Litmus.Checking;

/// <summary>
/// Checks one test on one filesystem on one version after another, and searches once for versions that cannot differ. A search is a
/// deterministic function of the behaviours that it asked for; so a version that agrees with an earlier one on every behaviour that the
/// earlier one's finished check asked for has the same states, verdict and shortest schedules. Not for use by several threads.
/// </summary>
/// <param name="file">The test.</param>
/// <param name="filesystem">The filesystem.</param>
/// <param name="options">How to check.</param>
/// <param name="reference">The test's allowed outcomes, from <see cref="Checker.ReferenceOf"/>; null: explore them.</param>
public sealed class EquivalentRuns(
    TestFile file, FilesystemKind filesystem, CheckOptions options, Lazy<OutcomeSet?>? reference = null)
{
    private readonly List<(KernelVersion Version, CheckResult Result)> kept = [];
    private readonly Lazy<OutcomeSet?> reference = reference ?? Checker.ReferenceOf(file.Program!, options);

    /// <summary>Checks, or finds a check that says the same.</summary>
    /// <param name="kernel">Kernel version.</param>
    public CheckResult Check(KernelVersion kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Expectation? expected = file.Expected?.Find(kernel.Name, ModelNames.Of(filesystem));
        if (kernel.Mutation == Mutation.None && Shared(kernel, expected) is { } shared)
        {
            return shared;
        }

        CheckResult result = Checker.Check(file.Test!, file.Program!, kernel, filesystem, expected, options, reference);
        if (kernel.Mutation == Mutation.None && result.IsComplete)
        {
            kept.Add((kernel, result));
        }

        return result;
    }

    /// <summary>Do two versions agree on each behaviour of a set?</summary>
    /// <param name="behaviours">A bit for each behaviour, as in <see cref="KernelVersion.Asked"/>.</param>
    /// <param name="left">One version.</param>
    /// <param name="right">The other.</param>
    public static bool Agree(ulong behaviours, KernelVersion left, KernelVersion right) =>
        Behaviour.All.All(b => (behaviours >> b.Bit & 1) == 0 || b.Of(left).Equals(b.Of(right)));

    private CheckResult? Shared(KernelVersion kernel, Expectation? expected)
    {
        foreach ((KernelVersion version, CheckResult result) in kept)
        {
            if (Agree(result.Asked, version, kernel))
            {
                long started = Stopwatch.GetTimestamp();
                Machine machine = Checker.MachineFor(file.Test!, file.Program!, kernel, filesystem, reference.Value);
                return NamesOf(result, machine) ? Relabelled(result, machine, expected, started) : null;
            }
        }

        return null;
    }

    // Versions that behave alike may still spell functions and locks differently: schedules are replayed on the version's own machine.
    private static CheckResult Relabelled(CheckResult result, Machine machine, Expectation? expected, long started)
    {
        List<Finding> findings = [.. result.Findings.Select(f => On(machine, f, result.Search))];
        return result with
        {
            Machine = machine,
            Expected = expected,
            Findings = findings,
            SameAs = result.Machine.Version.Name,
            Verdict = result.Verdict with { Time = Stopwatch.GetElapsedTime(started) },
        };
    }

    private static Finding On(Machine machine, Finding finding, SearchResult search) => finding with
    {
        Witness = finding.Witness is null ? null : Replay.Run(machine, finding.Witness.Schedule, search.LockOrder),
        Cycle = finding.Cycle is null ? null : LockCycles.On(machine, finding.Cycle),
    };

    // A violation that is named after a lock or a word is the same only where these have the same names.
    private static bool NamesOf(CheckResult result, Machine machine)
    {
        Layout searched = result.Machine.Layout, layout = machine.Layout;
        if (searched.WordCount != layout.WordCount)
        {
            throw new ModelException(
                $"{result.Machine.Version.Name} and {machine.Version.Name} have machines of different size and the same behaviours: one was not asked for");
        }

        return !result.Search.Violations.Any(v => IsNamedAfterWord(v.Kind))
            || (searched.Classes.SequenceEqual(layout.Classes)
                && searched.Ranges.Select(r => r.Name).SequenceEqual(layout.Ranges.Select(r => r.Name)));
    }

    private static bool IsNamedAfterWord(ViolationKind kind) => kind is ViolationKind.DataRace or ViolationKind.LockOrder
        or ViolationKind.BadUnlock or ViolationKind.SleepInAtomic or ViolationKind.LockHeldAtExit;
}
