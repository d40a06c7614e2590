using Faultline.Kernel.Values;

namespace Faultline.Kernel.Traces;

/// <summary>Bits of a mapping entry as the kernel encodes them in an XArray value (fs/dax.c, v4.20).</summary>
[Flags]
public enum EntryBits : byte
{
    /// <summary>A block, 4 KiB.</summary>
    None = 0,

    /// <summary>DAX_LOCKED.</summary>
    Locked = 1,

    /// <summary>DAX_PMD.</summary>
    Pmd = 2,

    /// <summary>DAX_ZERO_PAGE.</summary>
    ZeroPage = 4,

    /// <summary>DAX_EMPTY.</summary>
    Empty = 8,
}

/// <summary>A trace event as the model fires it. An execution carries it packed into 61 bits.</summary>
public readonly record struct TraceEvent(TraceEventKind Kind)
{
    private const int KindBits = 5, MapBits = 6, PageBits = 12, FlagBits = 3, ResultBits = 14;

    /// <summary>Index of the mapping; of the file for writeback events.</summary>
    public int Object { get; init; }

    /// <summary>Page of the file; the first one of a range.</summary>
    public int Page { get; init; }

    /// <summary>Pages of a range; size of the file in pages for dax_pmd_fault and dax_pmd_fault_done.</summary>
    public int Pages { get; init; }

    /// <summary>Which of the modelled flags the fault has.</summary>
    public FaultFlags Flags { get; init; }

    /// <summary>What the function returns.</summary>
    public VmFault Result { get; init; }

    /// <summary>Bits of the entry, for events that print one; for page_fault_user <see cref="EntryBits.Locked"/> means that a PTE was present.</summary>
    public EntryBits Entry { get; init; }

    /// <summary>Is it about a fault, and not about writeback?</summary>
    public bool IsFault => Kind < TraceEventKind.WritebackRange;

    /// <summary>As a number, not 0.</summary>
    public long Pack()
    {
        long bits = (long)Entry;
        bits = (bits << ResultBits) | (long)Result;
        long flags = ((Flags & FaultFlags.Write) != 0 ? 1 : 0) | ((Flags & FaultFlags.MkWrite) != 0 ? 2 : 0) | ((Flags & FaultFlags.VmaLock) != 0 ? 4 : 0);
        bits = (bits << FlagBits) | flags;
        bits = (bits << PageBits) | (long)Pages;
        bits = (bits << PageBits) | (long)Page;
        bits = (bits << MapBits) | (long)Object;
        return (bits << KindBits) | (long)Kind;
    }

    /// <summary>What <see cref="Pack"/> made a number of.</summary>
    public static TraceEvent Unpack(long bits)
    {
        int Take(int width)
        {
            int value = (int)(bits & ((1L << width) - 1));
            bits >>= width;
            return value;
        }

        var kind = (TraceEventKind)Take(KindBits);
        int index = Take(MapBits), page = Take(PageBits), pages = Take(PageBits), flags = Take(FlagBits);
        var result = (VmFault)Take(ResultBits);
        return new TraceEvent(kind)
        {
            Object = index,
            Page = page,
            Pages = pages,
            Flags = ((flags & 1) != 0 ? FaultFlags.Write : 0) | ((flags & 2) != 0 ? FaultFlags.MkWrite : 0) | ((flags & 4) != 0 ? FaultFlags.VmaLock : 0),
            Result = result,
            Entry = (EntryBits)bits,
        };
    }
}
