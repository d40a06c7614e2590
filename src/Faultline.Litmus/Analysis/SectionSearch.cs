using Faultline.Engine;
using Faultline.Engine.Search;
using Faultline.Engine.Sync;
using Faultline.Kernel;
using Faultline.Litmus.Checking;

namespace Faultline.Litmus.Analysis;

/// <summary>Two functions that, made exclusive by one lock around each, remove a failure without a new one.</summary>
/// <param name="First">A function.</param>
/// <param name="Second">The other; the same when a function excludes itself.</param>
/// <param name="Spins">The lock is one under which nobody sleeps; else a mutex.</param>
/// <param name="Steps">Steps that they take in the witness.</param>
/// <param name="States">States of the search that proves it, every one there is.</param>
public sealed record GuiltySections(string First, string Second, bool Spins, int Steps, long States);

/// <summary>
/// The search for the critical section that would have prevented a failure. Candidates are pairs of functions whose calls by two
/// threads overlap in the witness: any other pair leaves the witness as it is. Each is tried by searching the test with the lock; one
/// that fails still, or in a new way (a deadlock, sleeping under a spinlock, a livelock), is passed over, and so is one that covers a
/// pair found before.
/// </summary>
/// <param name="Found">Pairs that remove it, smallest first.</param>
/// <param name="Tried">Pairs that were searched.</param>
/// <param name="Candidates">Pairs that overlap.</param>
/// <param name="States">States visited by all searches.</param>
/// <param name="Bounded">True when the bound of states was met before every candidate was decided.</param>
public sealed record SectionSearch(IReadOnlyList<GuiltySections> Found, int Tried, int Candidates, long States, bool Bounded)
{
    /// <summary>Searches.</summary>
    /// <param name="result">The check that found the failure.</param>
    /// <param name="finding">The failure.</param>
    /// <param name="limits">Bounds.</param>
    public static SectionSearch Run(CheckResult result, Finding finding, AnalysisLimits limits)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(finding);
        ArgumentNullException.ThrowIfNull(limits);
        var calls = new WitnessCalls(finding.Witness!, f => FunctionSources.IsInKernel(f, result.Machine.Version));
        List<FunctionPair> candidates = calls.Overlapping();
        var found = new List<GuiltySections>();
        long states = 0;
        int tried = 0;
        bool bounded = false;
        foreach (FunctionPair pair in candidates)
        {
            if (found.Count == limits.Sections || found.Any(f => calls.Covers(pair, f.First, f.Second)))
            {
                continue;
            }

            bounded = states >= limits.SectionStates || limits.Cancellation.IsCancellationRequested;
            if (bounded)
            {
                break;
            }

            tried++;
            var trial = new SectionTrial(result, finding, pair, new SearchLimits(limits.SectionStates - states, null, limits.Cancellation));
            if (trial.Run() is { } guilty)
            {
                found.Add(guilty);
            }

            states += trial.States;
            bounded |= trial.Bounded;
        }

        return new SectionSearch(found, tried, candidates.Count, states, bounded);
    }
}

/// <summary>One pair, tried.</summary>
internal sealed class SectionTrial(CheckResult result, Finding finding, FunctionPair pair, SearchLimits limits)
{
    private readonly HashSet<Violation> known = [.. result.Findings.Select(f => f.Violation).OfType<Violation>().Where(v => v != finding.Violation)];

    /// <summary>States visited.</summary>
    public long States { get; private set; }

    /// <summary>The bound was met before the pair was decided.</summary>
    public bool Bounded { get; private set; }

    /// <summary>Says whether the pair removes the failure and adds none: with a mutex, or else with a lock that spins.</summary>
    public GuiltySections? Run()
    {
        try
        {
            return Prevents(spins: false, out bool sleeps) ?? (sleeps ? Prevents(spins: true, out _) : null);
        }
        catch (ModelException)
        {
            return null; // the model has no room for the lock: a thread would hold too many
        }
    }

    private GuiltySections? Prevents(bool spins, out bool sleeps)
    {
        // A quick walk that stops at the first thing that goes wrong; what it passes is then searched with every check.
        Machine machine = WithLock(spins);
        WitnessTarget failure = finding.Violation is null ? Failure.OfCondition(result.Test, machine) : (_, _) => false;
        bool slept = false;
        using var execution = new Execution(machine);
        using var walk = new Walk(execution, Look, limits with { MaxStates = limits.MaxStates - States });
        WalkEnd end = walk.FromStart();
        sleeps = slept;
        States += walk.States;
        Bounded |= end == WalkEnd.Bounded;
        if (end != WalkEnd.Exhausted)
        {
            return null;
        }

        SearchResult proof = ExhaustiveSearch.Run(WithLock(spins), limits: limits, findLivelocks: true);
        States += proof.States;
        Bounded |= !proof.Complete;
        return proof.Complete && proof.Violations.All(known.Contains)
            ? new GuiltySections(pair.First, pair.Second, spins, pair.Steps, proof.States)
            : null;

        WalkAnswer Look(Execution e, bool final)
        {
            for (int i = 0; i < e.Raised.Count; i++)
            {
                if (!known.Contains(e.Raised[i]))
                {
                    slept |= e.Raised[i] is { Kind: ViolationKind.SleepInAtomic };
                    return WalkAnswer.Stop;
                }
            }

            return failure(e, final) ? WalkAnswer.Stop : WalkAnswer.GoOn;
        }
    }

    private Machine WithLock(bool spins)
    {
        Machine machine = Checker.MachineFor(
            result.Test, result.Machine.Program, result.Machine.Version, result.Machine.Filesystem, result.Machine.Reference);
        ExclusiveSections.Install(machine, [pair.First, pair.Second], spins);
        return machine;
    }
}
