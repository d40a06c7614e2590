namespace Faultline.Kernel.Traces;

/// <summary>The trace events of the modelled functions: include/trace/events/fs_dax.h, and arch/x86's page_fault_user.</summary>
public enum TraceEventKind : byte
{
    /// <summary>None.</summary>
    None,

    /// <summary>exceptions:page_fault_user.</summary>
    PageFaultUser,

    /// <summary>dax_pte_fault (v4.12).</summary>
    PteFault,

    /// <summary>dax_pte_fault_done (v4.12).</summary>
    PteFaultDone,

    /// <summary>dax_load_hole (v4.12).</summary>
    LoadHole,

    /// <summary>dax_insert_mapping (v4.12 to v5.14).</summary>
    InsertMapping,

    /// <summary>dax_pfn_mkwrite (v4.12, v4.13).</summary>
    PfnMkwrite,

    /// <summary>dax_pfn_mkwrite_no_entry (v4.12, v4.13).</summary>
    PfnMkwriteNoEntry,

    /// <summary>dax_insert_pfn_mkwrite (v4.15).</summary>
    InsertPfnMkwrite,

    /// <summary>dax_insert_pfn_mkwrite_no_entry (v4.15).</summary>
    InsertPfnMkwriteNoEntry,

    /// <summary>dax_pmd_fault (v4.11).</summary>
    PmdFault,

    /// <summary>dax_pmd_fault_done (v4.11).</summary>
    PmdFaultDone,

    /// <summary>dax_pmd_load_hole (v4.11).</summary>
    PmdLoadHole,

    /// <summary>dax_pmd_load_hole_fallback (v4.11).</summary>
    PmdLoadHoleFallback,

    /// <summary>dax_pmd_insert_mapping (v4.11 to v5.14).</summary>
    PmdInsertMapping,

    /// <summary>dax_writeback_range (v4.12).</summary>
    WritebackRange,

    /// <summary>dax_writeback_range_done (v4.12).</summary>
    WritebackRangeDone,

    /// <summary>dax_writeback_one (v4.12).</summary>
    WritebackOne,
}

/// <summary>The names that ftrace prints.</summary>
public static class TraceEventNames
{
    private static readonly string[] Names =
    [
        "", "page_fault_user", "dax_pte_fault", "dax_pte_fault_done", "dax_load_hole", "dax_insert_mapping", "dax_pfn_mkwrite",
        "dax_pfn_mkwrite_no_entry", "dax_insert_pfn_mkwrite", "dax_insert_pfn_mkwrite_no_entry", "dax_pmd_fault", "dax_pmd_fault_done",
        "dax_pmd_load_hole", "dax_pmd_load_hole_fallback", "dax_pmd_insert_mapping", "dax_writeback_range", "dax_writeback_range_done",
        "dax_writeback_one",
    ];

    /// <summary>The name of a kind of event.</summary>
    public static string Of(TraceEventKind kind) => Names[(int)kind];

    /// <summary>The kind of that name; None when it is not modelled.</summary>
    public static TraceEventKind Find(ReadOnlySpan<char> name)
    {
        for (int i = 1; i < Names.Length; i++)
        {
            if (name.SequenceEqual(Names[i]))
            {
                return (TraceEventKind)i;
            }
        }

        return TraceEventKind.None;
    }
}
