using Faultline.Kernel.Traces;

namespace Faultline.Real.Traces;

/// <summary>
/// radix_entry as an event prints it: an XArray value, whose lowest bit says so, then the entry's bits, then the PFN (fs/dax.c, v4.20).
/// Before v4.20 the encoding was another one, and nothing is read from it.
/// </summary>
internal static class RadixEntry
{
    private const ulong Value = 1;
    private const int BitsOfEntry = 0xf;

    /// <summary>The entry's bits. An XArray value is odd; the radix tree's entries (bit 1 set, bit 0 clear) give what the event's kind says.</summary>
    public static EntryBits Bits(TraceRecord record) => record.RadixEntry switch
    {
        null => EntryBits.None,
        { } entry when (entry & Value) != 0 => (EntryBits)((entry >> 1) & BitsOfEntry),
        _ => record.Kind switch
        {
            TraceEventKind.PmdLoadHole or TraceEventKind.PmdLoadHoleFallback => EntryBits.Pmd | EntryBits.ZeroPage,
            TraceEventKind.PmdInsertMapping => EntryBits.Pmd,
            _ => EntryBits.None,
        },
    };
}
