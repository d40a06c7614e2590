using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>The primitives that change a PTE. All need ptl, and other CPUs' page walks see each change.</summary>
internal static class PageTable
{
    /// <summary>set_pte_at(): a PTE where there was none, or over a present one.</summary>
    public static WriteStep<Pte> SetPteAt(Word<Pte> slot, Pte pte)
    {
        Invariants.CheckPteChange(slot, pte, removesPrivateCopies: false);
        CountWrite();
        return slot.Write(pte);
    }

    /// <summary>ptep_set_access_flags(): more rights for a present PTE; on x86 without a flush.</summary>
    public static WriteStep<Pte> PtepSetAccessFlags(Word<Pte> slot, Pte pte) => SetPteAt(slot, pte);

    /// <summary>ptep_get_and_clear() in a zap. The flush comes later.</summary>
    public static WriteStep<Pte> PtepGetAndClear(Word<Pte> slot, bool evenCows)
    {
        Invariants.CheckPteChange(slot, Pte.None, removesPrivateCopies: evenCows);
        CountWrite();
        return slot.Write(Pte.None);
    }

    /// <summary>mm/pgtable-generic.c ptep_clear_flush(): clears a PTE and flushes it from every TLB.</summary>
    public static async Call PtepClearFlush(Vma vma, int page)
    {
        Word<Pte> slot = vma.Pte(page);
        Invariants.CheckPteChange(slot, Pte.None, removesPrivateCopies: false);
        CountWrite();
        await slot.Write(Pte.None);
        await Tlb.FlushTlbRange(vma, page, 1);
    }

    /// <summary>mm/memory.c vm_normal_page(): is there a struct page behind this PTE? Not for the zero page, nor for DAX before v6.15.</summary>
    public static bool HasNormalPage(Pte pte) => pte.Pfn.Kind switch
    {
        PfnKind.Zero => false,
        PfnKind.Block => Machine.Current.Version.DaxPages == Versions.DaxPages.Refcounted,
        _ => true,
    };

    private static void CountWrite()
    {
        if (Machine.Current.Costs is { } costs)
        {
            costs.PteWrites++;
        }
    }
}
