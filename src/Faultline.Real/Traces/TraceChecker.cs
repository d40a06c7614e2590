using Faultline.Kernel.Fs;
using Faultline.Kernel.Traces;
using Faultline.Kernel.Versions;

namespace Faultline.Real.Traces;

/// <summary>How a capture is checked.</summary>
/// <param name="Kernel">The model's version.</param>
/// <param name="Filesystem">The filesystem.</param>
public sealed record TraceOptions(KernelVersion Kernel, FilesystemKind Filesystem)
{
    /// <summary>States that one unit may take before it is given up.</summary>
    public int MaxStates { get; init; } = 2_000_000;

    /// <summary>States of an unknown past.</summary>
    public int MaxPasts { get; init; } = 200_000;

    /// <summary>More tasks at once in one page are not followed.</summary>
    public int MaxSlots { get; init; } = 4;
}

/// <summary>What became of a unit.</summary>
/// <param name="Unit">The unit.</param>
/// <param name="Followed">How far it is a path of the model; null: not followed.</param>
/// <param name="WhyNot">Why it was not followed.</param>
public sealed record UnitResult(Unit Unit, Followed? Followed, string? WhyNot);

/// <summary>What became of a capture.</summary>
/// <param name="File">What was read.</param>
/// <param name="Options">How it was checked.</param>
/// <param name="Units">Each unit.</param>
/// <param name="Records">The events that were judged.</param>
/// <param name="OtherFaults">page_fault_user events of other mappings.</param>
/// <param name="Headless">Events whose beginning is not in the capture.</param>
public sealed record TraceResult(
    TraceFile File, TraceOptions Options, IReadOnlyList<UnitResult> Units, IReadOnlyList<TraceRecord> Records, int OtherFaults, int Headless)
{
    /// <summary>The first event of the capture that is not a path of the model, with its unit; null: there is none.</summary>
    public (UnitResult Unit, UnitEvent Event)? FirstRefused => Units
        .Where(u => u.Followed is { Refused: >= 0 })
        .Select(u => ((UnitResult Unit, UnitEvent Event)?)(u, u.Unit.Events[u.Followed!.Refused]))
        .MinBy(u => u!.Value.Event.Record.Line);

    /// <summary>Units that were not judged.</summary>
    public IEnumerable<UnitResult> NotJudged => Units.Where(u => u.Followed is null or { GaveUp: true });
}

/// <summary>Checks that every history of a capture is a path of the model of a version.</summary>
public static class TraceChecker
{
    /// <summary>Checks.</summary>
    /// <param name="file">What was read.</param>
    /// <param name="options">Version, filesystem, bounds.</param>
    /// <param name="progress">Is told how many units are done.</param>
    /// <param name="cancellation">Stops it.</param>
    public static TraceResult Check(TraceFile file, TraceOptions options, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        Histories histories = Histories.Of(file);
        HashSet<TraceEventKind> seen = [.. file.Records.Select(r => r.Kind)];
        bool Recorded(TraceEventKind kind) => kind != TraceEventKind.PageFaultUser || seen.Contains(kind);
        var pasts = new Dictionary<UnitShape, IReadOnlyCollection<UnitState>?>();
        var machines = new Dictionary<UnitShape, UnitMachine>();
        var results = new List<UnitResult>();
        foreach (Unit unit in histories.Units)
        {
            cancellation.ThrowIfCancellationRequested();
            results.Add(Follow(unit, options, machines, pasts, Recorded));
            progress?.Invoke(results.Count, histories.Units.Count);
        }

        foreach (UnitMachine machine in machines.Values)
        {
            machine.Dispose();
        }

        return new TraceResult(file, options, results, histories.Records, histories.OtherFaults, histories.Headless);
    }

    private static UnitResult Follow(
        Unit unit,
        TraceOptions options,
        Dictionary<UnitShape, UnitMachine> machines,
        Dictionary<UnitShape, IReadOnlyCollection<UnitState>?> pasts,
        Func<TraceEventKind, bool> recorded)
    {
        if (unit.Slots > options.MaxSlots)
        {
            return new UnitResult(unit, null, $"{unit.Slots} tasks at once in one page (at most {options.MaxSlots} are followed)");
        }

        var shape = UnitShape.Of(unit);
        if (!machines.TryGetValue(shape, out UnitMachine? machine))
        {
            machines[shape] = machine = new UnitMachine(unit, options.Kernel, options.Filesystem);
        }

        // Most captures begin with a file that nobody has mapped; only where that does not explain them, any past is tried.
        IReadOnlyCollection<UnitState> untouched = AnyState.Of(machine, options.MaxPasts, untouched: true, out _);
        Followed first = new Follower(machine, untouched, recorded, options.MaxStates).Follow(unit);
        if (unit.Gaps.Count == 0 && first is { Refused: < 0, GaveUp: false, Hidden.Count: 0 })
        {
            return new UnitResult(unit, first, null);
        }

        if (!pasts.TryGetValue(shape, out IReadOnlyCollection<UnitState>? past))
        {
            IReadOnlyCollection<UnitState> found = AnyState.Of(machine, options.MaxPasts, untouched: false, out bool complete);
            pasts[shape] = past = complete ? found : null;
        }

        Followed? second = past is null ? null : new Follower(machine, past, recorded, options.MaxStates).Follow(unit);
        return second is null or { GaveUp: true } && unit.Gaps.Count == 0 && first is { Refused: < 0, GaveUp: false }
            ? new UnitResult(unit, first, null)
            : new UnitResult(unit, second, second is null ? $"more than {options.MaxPasts} states of an unknown past" : null);
    }
}
