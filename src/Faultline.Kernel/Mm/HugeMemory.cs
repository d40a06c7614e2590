using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/huge_memory.c: huge PMDs of file mappings.</summary>
internal static class HugeMemory
{
    /// <summary>
    /// mm/memory.c wp_huge_pmd(): a store to a read-only huge PMD. A private one ends as a page table whose pages are faulted in
    /// again: splitting a file's huge PMD zaps it.
    /// </summary>
    public static async Call<VmFault> WpHugePmd(VmFaultInfo vmf, Pmd orig)
    {
        if (vmf.Vma.IsShared || Machine.Current.Version.PmdPrivateWrite == PmdPrivateWrite.AsksHandler)
        {
            return await FilesystemOps.HugeFault(vmf); // splits when it falls back
        }

        await SplitHugePmd(vmf.Vma, vmf.Vma.PmdOf(vmf.Page));
        return VmFault.Fallback;
    }

    /// <summary>mm/huge_memory.c huge_pmd_set_accessed(): under pmd_lock, if the PMD is still the one seen.</summary>
    public static async Call HugePmdSetAccessed(VmFaultInfo vmf, Pmd orig)
    {
        await vmf.Vma.PmdLock.Lock();
        if (vmf.Pmd.Get() == orig && vmf.IsWrite && !orig.AsPte.IsDirty)
        {
            await PageTable.SetPmdAt(vmf.Pmd, Pmd.Huge(orig.AsPte.MkDirty()));
        }

        vmf.Vma.PmdLock.Unlock();
    }

    /// <summary>
    /// mm/huge_memory.c vmf_insert_pfn_pmd() with insert_pfn_pmd() (v4.12), vmf_insert_folio_pmd() (v6.15): a huge PMD of a file, for a
    /// store young, dirty and writable at once. What it does with what is there is <see cref="PresentPmd"/>.
    /// </summary>
    [KernelName("insert_pfn_pmd")]
    public static async Call<VmFault> InsertPfnPmd(VmFaultInfo vmf, Pfn pfn, bool write)
    {
        await vmf.Vma.PmdLock.Lock();
        Pmd present = vmf.Pmd.Get();
        Pte entry = Pte.ReadOnly(pfn);
        if (write)
        {
            entry = MaybeMkWrite(entry.MkDirty(), vmf.Vma);
        }

        PresentPmd rule = Machine.Current.Version.PresentPmd;
        if (present.IsNone || rule == PresentPmd.Overwritten)
        {
            if (present.IsHuge)
            {
                Sites.Reach(Mark.SetPmdAtPresent); // fine on x86; a WARN on ppc64 (c6f3c5ee40c1)
            }

            await PageTable.SetPmdAt(vmf.Pmd, Pmd.Huge(entry));
        }
        else if (rule == PresentPmd.Checked && write)
        {
            await UpgradePresent(vmf, present, entry);
        }

        vmf.Vma.PmdLock.Unlock();
        return VmFault.NoPage;
    }

    /// <summary>mm/huge_memory.c insert_pfn_pmd(), "if (!pmd_none)": the same page gets more rights, another is left alone (c6f3c5ee40c1).</summary>
    private static async Call UpgradePresent(VmFaultInfo vmf, Pmd present, Pte entry)
    {
        if (!present.IsHuge || present.AsPte.Pfn != entry.Pfn)
        {
            if (!present.IsHugeZero)
            {
                Sites.Warn("insert_pfn_pmd", vmf.Pmd.Index, $"the PMD is {present}, to be inserted is {entry.Pfn}");
            }

            return;
        }

        if (Machine.Current.Version.PmdFlagsAddress == PmdFlagsAddress.AsFaulted && vmf.Page != vmf.HugeStart)
        {
            await Sites.Bug("pmdp_set_access_flags", vmf.Pmd.Index);
        }

        await PageTable.SetPmdAt(vmf.Pmd, Pmd.Huge(MaybeMkWrite(present.AsPte.MkDirty(), vmf.Vma)));
    }

    /// <summary>mm/huge_memory.c __split_huge_pmd() of a file's huge PMD: clears and flushes it; the pages are faulted in again.</summary>
    [KernelName("__split_huge_pmd")]
    public static async Call SplitHugePmd(Vma vma, int pmd)
    {
        Pmd seen = await vma.Pmd(pmd).ReadOnce();
        if (!seen.IsHuge)
        {
            return;
        }

        await vma.PmdLock.Lock();
        if (vma.Pmd(pmd).Get().IsHuge)
        {
            await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.None);
            await Tlb.FlushTlbRange(vma, vma.FirstPageOf(pmd), Machine.Current.Program.HugePagePages);
        }

        vma.PmdLock.Unlock();
        await Gup.WakeIdle();
    }

    /// <summary>mm/huge_memory.c zap_huge_pmd(): clears a huge PMD under pmd_lock; the flush comes later. False when there is none.</summary>
    public static async Call<bool> ZapHugePmd(Vma vma, int pmd)
    {
        await vma.PmdLock.Lock();
        bool huge = vma.Pmd(pmd).Get().IsHuge;
        if (huge)
        {
            await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.None);
        }

        vma.PmdLock.Unlock();
        return huge;
    }

    /// <summary>mm/huge_memory.c change_huge_pmd(): mprotect(2) of a huge page; the flush comes later.</summary>
    public static async Call ChangeHugePmd(Vma vma, int pmd, bool writable)
    {
        await vma.PmdLock.Lock();
        Pmd present = vma.Pmd(pmd).Get();
        if (present.IsHuge)
        {
            Pte changed = writable ? present.AsPte : present.AsPte.WrProtect();
            await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.Huge(changed));
        }

        vma.PmdLock.Unlock();
    }

    /// <summary>include/linux/mm.h maybe_pmd_mkwrite().</summary>
    private static Pte MaybeMkWrite(Pte pte, Vma vma) => vma.IsWritable ? pte.MkWrite() : pte;
}
