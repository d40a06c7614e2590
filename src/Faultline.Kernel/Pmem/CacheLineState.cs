namespace Faultline.Kernel.Pmem;

/// <summary>Reads the word that keeps the state of a cache line.</summary>
public static class CacheLineState
{
    /// <summary>A store is in the cache only.</summary>
    public static bool IsDirty(int state) => (state & CacheLines.Dirty) != 0;

    /// <summary>The CPU has written it back and not fenced since.</summary>
    public static bool IsWrittenBackBy(int state, int cpu) => (state & (1 << (CacheLines.FlushingShift + cpu))) != 0;
}
