using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: inserting the PTE of a page that has no struct page, and since v6.15 of a DAX page that has one.</summary>
internal static partial class Memory
{
    /// <summary>mm/memory.c vm_insert_mixed(): read-only, clean.</summary>
    /// <returns>0 or a negative error number.</returns>
    public static async Call<int> VmInsertMixed(VmFaultInfo vmf, Pfn pfn) => await InsertPfn(vmf, pfn, mkwrite: false);

    /// <summary>mm/memory.c vm_insert_mixed_mkwrite() (the patch of the mail; v4.14): dirty and writable at once.</summary>
    /// <returns>0 or a negative error number.</returns>
    public static async Call<int> VmInsertMixedMkwrite(VmFaultInfo vmf, Pfn pfn) => await InsertPfn(vmf, pfn, mkwrite: true);

    /// <summary>
    /// mm/memory.c insert_pfn(): inserts a PTE under ptl. What it does when one is there already is what the mail is about; see
    /// <see cref="PresentPte"/>. From v4.20 it returns a vm_fault_t, and -EBUSY has become VM_FAULT_NOPAGE: the caller sees the same.
    /// </summary>
    /// <returns>0 or a negative error number.</returns>
    public static async Call<int> InsertPfn(VmFaultInfo vmf, Pfn pfn, bool mkwrite)
    {
        await PageTable.PteAlloc(vmf.Vma, vmf.Vma.PmdOf(vmf.Page)); // get_locked_pte()
        await vmf.Ptl.Lock();
        if (await PageTable.IsFreed(vmf))
        {
            vmf.Ptl.Unlock();
            return Errno.ENoMem; // get_locked_pte() finds no page table, which its callers take for a failed allocation
        }

        Pte pte = vmf.Pte.Get();
        int retval = Errno.Ok;
        if (pte.IsNone || Machine.Current.Version.Mutation == Mutation.OverwritePresentPte)
        {
            Pte entry = Pte.ReadOnly(pfn);
            if (mkwrite || (pfn == Pfn.Zero && Machine.Current.Version.Mutation == Mutation.WritableZeroPage))
            {
                entry = MaybeMkWrite(entry.MkDirty(), vmf.Vma);
            }

            Invariants.CheckPteHasTable(vmf);
            await PageTable.SetPteAt(vmf.Pte, entry);
        }
        else
        {
            retval = JudgePresentPte(vmf.Pte, pte.Pfn, pfn, mkwrite);
            if (retval == Errno.Ok)
            {
                Pte entry = MaybeMkWrite(MarksDirty ? pte.MkDirty() : pte, vmf.Vma);
                await UpdatePresentPte(vmf.Pte, entry);
            }
        }

        vmf.Ptl.Unlock();
        return retval;
    }

    /// <summary>mm/memory.c insert_page_into_pte_locked() does not mark a present PTE dirty (v6.15); the CPU does when it stores.</summary>
    private static bool MarksDirty => Machine.Current.Version.PresentPte != PresentPte.OtherPfnFaults;

    /// <summary>cae85cb8add3 (v5.1): a present PTE must not be written by set_pte_at(). On x86 both write the same.</summary>
    private static WriteStep<Pte> UpdatePresentPte(Word<Pte> slot, Pte entry) =>
        Machine.Current.Version.MatchUpdate == MatchUpdate.SetPteAt
            ? PageTable.SetPteAt(slot, entry)
            : PageTable.PtepSetAccessFlags(slot, entry);

    // 0: make the present PTE writable. Otherwise leave it alone and return this.
    private static int JudgePresentPte(Word<Pte> slot, Pfn present, Pfn wanted, bool mkwrite)
    {
        bool other = present != wanted;
        Sites.Reach(other ? Mark.InsertPfnOtherPfn : Mark.InsertPfnSamePfn);
        if (other && present == Pfn.Zero)
        {
            Sites.Reach(Mark.InsertPfnZeroPfn);
        }

        switch (Machine.Current.Version.PresentPte)
        {
            case PresentPte.Busy:
                return Errno.EBusy;
            case PresentPte.ReuseUnseen:
                return mkwrite ? Errno.Ok : Errno.EBusy;
            case PresentPte.OtherPfnBusy:
                return mkwrite && !other ? Errno.Ok : Errno.EBusy;
            case PresentPte.OtherPfnWarnsAlways:
                WarnIf(other, "insert_pfn", slot, present, wanted);
                return mkwrite && !other ? Errno.Ok : Errno.EBusy;
            case PresentPte.OtherPfnWarnsOnMkwrite:
                WarnIf(mkwrite && other, "insert_pfn", slot, present, wanted);
                return mkwrite && !other ? Errno.Ok : Errno.EBusy;
            case PresentPte.OtherPfnWarnsUnlessZero:
                WarnIf(mkwrite && other && present != Pfn.Zero, "insert_pfn", slot, present, wanted);
                return mkwrite && !other ? Errno.Ok : Errno.EBusy;
            default:
                WarnIf(mkwrite && other && present != Pfn.Zero, "insert_page_into_pte_locked", slot, present, wanted);
                return mkwrite ? (other ? Errno.EFault : Errno.Ok) : Errno.EBusy;
        }
    }

    private static void WarnIf(bool condition, string function, Word<Pte> slot, Pfn present, Pfn wanted)
    {
        if (condition)
        {
            Sites.Warn(function, slot.Index, $"the PTE maps {present}, to be inserted is {wanted}");
        }
    }
}
