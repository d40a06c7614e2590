using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// The primitives that change a PTE or PMD. They need ptl, or pmd_lock for a PMD, and other CPUs' page walks see each change.
/// </summary>
internal static class PageTable
{
    /// <summary>set_pte_at(): a PTE where there was none, or over a present one.</summary>
    public static WriteStep<Pte> SetPteAt(Word<Pte> slot, Pte pte)
    {
        if (slot.Raw.IsPresent)
        {
            Sites.Reach(Mark.SetPteAtPresent); // fine on x86; a WARN on ppc64 (cae85cb8add3)
        }

        return Change(slot, pte);
    }

    /// <summary>ptep_set_access_flags(): more rights for a present PTE; on x86 without a flush.</summary>
    public static WriteStep<Pte> PtepSetAccessFlags(Word<Pte> slot, Pte pte) => Change(slot, pte);

    /// <summary>ptep_set_wrprotect(), ptep_modify_prot_commit(): fewer rights for a present PTE; the flush comes later.</summary>
    public static WriteStep<Pte> PtepModify(Word<Pte> slot, Pte pte) => Change(slot, pte);

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
        await Change(vma.Pte(page), Pte.None);
        await Tlb.FlushTlbRange(vma, page, 1);
    }

    /// <summary>set_pmd_at(): a page table or a huge page in the place of what is there.</summary>
    public static WriteStep<Pmd> SetPmdAt(Word<Pmd> slot, Pmd pmd)
    {
        Invariants.CheckPmdChange(slot, pmd);
        CountWrite();
        return slot.Write(pmd);
    }

    /// <summary>mm/memory.c vm_normal_page(): is there a struct page behind this PTE? Not for the zero page, nor for DAX before v6.15.</summary>
    public static bool HasNormalPage(Pte pte) => pte.Pfn.Kind switch
    {
        PfnKind.Zero or PfnKind.HugeZero => false,
        PfnKind.Block => Machine.Current.Version.DaxPages == Versions.DaxPages.Refcounted,
        _ => true,
    };

    /// <summary>mm/memory.c pte_alloc(), __pte_alloc(): a page table, unless something is there by then.</summary>
    public static async Call PteAlloc(Vma vma, int pmd)
    {
        if (!vma.HasRoomForHuge)
        {
            return; // always a page table
        }

        Pmd now = await vma.Pmd(pmd).ReadOnce();
        if (!now.IsNone)
        {
            return;
        }

        await vma.PmdLock.Lock();
        if (vma.Pmd(pmd).Get().IsNone)
        {
            await SetPmdAt(vma.Pmd(pmd), Pmd.Table);
        }

        vma.PmdLock.Unlock();
    }

    /// <summary>
    /// mm/pgtable-generic.c __pte_offset_map_lock() (v6.5), with ptl held: has MADV_DONTNEED freed the page table between pte_alloc() and
    /// now (v6.14)? Before, a DAX mapping's page tables stayed as long as the mapping.
    /// </summary>
    public static async Call<bool> IsFreed(VmFaultInfo vmf)
    {
        if (!vmf.Vma.HasRoomForHuge || Machine.Current.Version.TableReclaim == Versions.TableReclaim.None)
        {
            return false;
        }

        Pmd pmd = await vmf.Pmd.ReadOnce();
        return pmd.IsNone;
    }

    /// <summary>What the page table maps at a page, by PMD or PTE, between steps or inside a visible one.</summary>
    public static Pte WalkRaw(Vma vma, int page)
    {
        if (vma.HasRoomForHuge)
        {
            Pmd pmd = vma.Pmd(vma.PmdOf(page)).Raw;
            if (pmd.IsHuge)
            {
                return pmd.PteOf(page - vma.FirstPageOf(vma.PmdOf(page)));
            }

            if (pmd.IsNone)
            {
                return Pte.None;
            }
        }

        return vma.Pte(page).Raw;
    }

    private static WriteStep<Pte> Change(Word<Pte> slot, Pte pte)
    {
        Invariants.CheckPteChange(slot, pte, removesPrivateCopies: false);
        CountWrite();
        return slot.Write(pte);
    }

    private static void CountWrite()
    {
        if (Machine.Current.Costs is { } costs)
        {
            costs.PteWrites++;
        }
    }
}
