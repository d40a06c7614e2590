using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>A mapping as a capture shows it: where page 0 of the file would lie, and whether it is shared.</summary>
/// <param name="Base">Address of page 0 of the file; it may lie before the mapping, modulo 2^64.</param>
/// <param name="Shared">VM_SHARED.</param>
/// <param name="Tgid">The process, where the capture has it; else -1.</param>
public readonly record struct TracedVma(ulong Base, bool Shared, int Tgid);

/// <summary>What a unit's model needs to know of one mapping.</summary>
/// <param name="Vma">The mapping.</param>
/// <param name="Sync">MAP_SYNC: some fault of it answered NEEDDSYNC.</param>
/// <param name="FitsHuge">Its addresses and its ends allow a huge page where the unit lies.</param>
public sealed record UnitMap(TracedVma Vma, bool Sync, bool FitsHuge);

/// <summary>One event of a unit's history, in the unit's own terms.</summary>
/// <param name="Record">The line.</param>
/// <param name="Slot">Which of the unit's threads it belongs to.</param>
/// <param name="Event">What the model has to fire.</param>
/// <param name="Task">The task.</param>
public sealed record UnitEvent(TraceRecord Record, int Slot, TraceEvent Event, int Task);

/// <summary>
/// The smallest piece of a file that can be judged by itself: one page, with the rest of its huge page as page 1. Everything that a capture
/// shows of that page, in order.
/// </summary>
/// <param name="inode">The file.</param>
/// <param name="page">The page.</param>
public sealed class Unit(TracedInode inode, long page)
{
    /// <summary>The file.</summary>
    public TracedInode Inode { get; } = inode;

    /// <summary>The page.</summary>
    public long Page { get; } = page;

    /// <summary>Its mappings; an event's object is an index into these.</summary>
    public List<UnitMap> Maps { get; } = [];

    /// <summary>Its events.</summary>
    public List<UnitEvent> Events { get; } = [];

    /// <summary>Indices into <see cref="Events"/> before which events were lost: nothing is known of the state there.</summary>
    public List<int> Gaps { get; } = [];

    /// <summary>How many tasks are in it at once, at most.</summary>
    public int Slots { get; set; } = 1;
}
