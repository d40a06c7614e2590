namespace Faultline.Kernel.Checks;

/// <summary>What a condition asks for beyond the state; what it does not ask for is not kept, so that it costs no states.</summary>
/// <param name="Marks">Bits of the <see cref="Mark"/>s asked for.</param>
/// <param name="FaultCounts">Count each thread's faults.</param>
public sealed record Observations(int Marks, bool FaultCounts)
{
    /// <summary>Nothing.</summary>
    public static Observations None { get; } = new(0, false);
}

/// <summary>What one run of one thread costs.</summary>
public sealed class CostCounters
{
    /// <summary>Page faults taken.</summary>
    public long Faults { get; set; }

    /// <summary>Pages of RAM allocated for file contents (page cache).</summary>
    public long PageCachePages { get; set; }

    /// <summary>Pages of RAM allocated for private copies.</summary>
    public long AnonPages { get; set; }

    /// <summary>PTEs written by the kernel.</summary>
    public long PteWrites { get; set; }

    /// <summary>TLB flushes.</summary>
    public long TlbFlushes { get; set; }

    /// <summary>Blocks allocated or converted.</summary>
    public long BlocksAllocated { get; set; }
}
