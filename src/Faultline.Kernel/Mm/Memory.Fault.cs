using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: from the trap to the filesystem's handler, and the private copy's PTE.</summary>
internal static partial class Memory
{
    /// <summary>
    /// mm/memory.c handle_mm_fault() and __handle_mm_fault(): first the huge page, where there is room for one, then the PTE. Nothing
    /// is locked between the look at the PMD and the handler. Where the mapping has no room for a huge page, the huge fault would only
    /// fall back; it is left out.
    /// </summary>
    public static async Call<VmFault> HandleMmFault(VmFaultInfo vmf)
    {
        if (!vmf.Vma.HasRoomForHuge)
        {
            return await HandlePteFault(vmf);
        }

        Pmd orig = await vmf.Pmd.ReadOnce();
        VmFault ret = VmFault.Fallback;
        if (orig.IsNone)
        {
            ret = await CreateHugePmd(vmf);
        }
        else if (orig.IsHuge && vmf.IsWrite && !orig.AsPte.IsWritable)
        {
            ret = await HugeMemory.WpHugePmd(vmf, orig);
        }
        else if (orig.IsHuge)
        {
            await HugeMemory.HugePmdSetAccessed(vmf, orig);
            ret = VmFault.None;
        }

        return (ret & VmFault.Fallback) == 0 ? ret : await HandlePteFault(vmf);
    }

    /// <summary>mm/memory.c create_huge_pmd(). Under the VMA's lock, too, on every filesystem.</summary>
    private static Call<VmFault> CreateHugePmd(VmFaultInfo vmf) => FilesystemOps.HugeFault(vmf);

    /// <summary>
    /// mm/memory.c handle_pte_fault(), v4.12 to v6.15. The first look at the PTE takes no lock; what it saw is compared under ptl
    /// before anything is changed.
    /// </summary>
    public static async Call<VmFault> HandlePteFault(VmFaultInfo vmf)
    {
        if (vmf.Vma.HasRoomForHuge)
        {
            Pmd pmd = await vmf.Pmd.ReadOnce();
            if (pmd.IsHuge)
            {
                WarnOfBadPmd(vmf, pmd);
                return VmFault.None; // somebody was faster
            }

            if (pmd.IsNone)
            {
                return await DoFault(vmf);
            }
        }

        vmf = vmf with { OrigPte = await vmf.Pte.ReadOnce() };
        if (vmf.OrigPte.IsNone)
        {
            return await DoFault(vmf);
        }

        await vmf.Ptl.Lock();
        Pte entry = vmf.Pte.Get();
        if (entry != vmf.OrigPte)
        {
            vmf.Ptl.Unlock();
            return VmFault.None;
        }

        if (vmf.IsWrite && !entry.IsWritable)
        {
            return await DoWpPage(vmf); // drops ptl
        }

        Pte young = vmf.IsWrite ? entry.MkDirty() : entry;
        if (young != entry)
        {
            await PageTable.PtepSetAccessFlags(vmf.Pte, young);
        }

        vmf.Ptl.Unlock();
        return VmFault.None;
    }

    /// <summary>
    /// mm/pgtable-generic.c pmd_clear_bad(), reached when pmd_trans_unstable() is asked about a DAX PMD (until d0f0931de936): says so and
    /// clears the PMD, without pmd_lock and without a flush.
    /// </summary>
    private static void WarnOfBadPmd(VmFaultInfo vmf, Pmd pmd)
    {
        if (pmd.AsPte.Pfn.IsBlock && Machine.Current.Version.DevmapCheck == DevmapCheck.TransUnstableFirst)
        {
            Sites.Warn("pmd_clear_bad", vmf.Pmd.Index, $"the PMD is {pmd}");
            if (vmf.Pmd.Raw == pmd)
            {
                vmf.Pmd.HardwareWrite(Pmd.None);
            }
        }
    }

    /// <summary>mm/memory.c do_fault(): nothing is mapped yet.</summary>
    private static Call<VmFault> DoFault(VmFaultInfo vmf)
    {
        if (!VmfCanCallFault(vmf))
        {
            return new Call<VmFault>(VmFault.Retry, done: true);
        }

        if (!vmf.IsWrite)
        {
            return DoReadFault(vmf);
        }

        return vmf.Vma.IsShared ? DoSharedFault(vmf) : DoCowFault(vmf);
    }

    /// <summary>
    /// mm/memory.c vmf_can_call_fault() (v6.7): under the VMA's lock only handlers that also map around may be called for a PTE. XFS has
    /// map_pages, ext4's DAX operations have not.
    /// </summary>
    public static bool VmfCanCallFault(VmFaultInfo vmf) =>
        (vmf.Flags & FaultFlags.VmaLock) == 0 || Machine.Current.Filesystem == FilesystemKind.Xfs;

    /// <summary>mm/memory.c do_read_fault(). Fault-around (XFS, before v4.14) is not modelled.</summary>
    private static async Call<VmFault> DoReadFault(VmFaultInfo vmf) => await FilesystemOps.Fault(vmf);

    /// <summary>mm/memory.c do_cow_fault(): a private store where nothing is mapped.</summary>
    private static async Call<VmFault> DoCowFault(VmFaultInfo vmf)
    {
        vmf.Vma.NoteAnonVma();
        vmf = vmf with { CowPage = PageAllocator.AllocPage(vmf.Vma, vmf.Page) };
        VmFault ret = await FilesystemOps.Fault(vmf);
        if ((ret & (VmFault.Error | VmFault.NoPage | VmFault.Retry)) != 0)
        {
            PageAllocator.FreePage(vmf.CowPage);
        }

        return ret; // VM_FAULT_DONE_COW: the handler installed the page
    }

    /// <summary>mm/memory.c do_shared_fault(). DAX answers VM_FAULT_NOPAGE, so page_mkwrite is not reached from here.</summary>
    private static async Call<VmFault> DoSharedFault(VmFaultInfo vmf) => await FilesystemOps.Fault(vmf);

    /// <summary>
    /// mm/memory.c finish_fault() with alloc_set_pte(): maps the private copy, or a page-cache page read-only, unless a PTE or a huge
    /// page is there.
    /// </summary>
    public static async Call<VmFault> FinishFault(VmFaultInfo vmf, Pfn page)
    {
        if (vmf.Vma.HasRoomForHuge)
        {
            await PageTable.PteAlloc(vmf.Vma, vmf.Vma.PmdOf(vmf.Page));
            Pmd pmd = await vmf.Pmd.ReadOnce();
            if (!pmd.IsTable)
            {
                if (pmd.IsHuge)
                {
                    Sites.Reach(Mark.FinishFaultHugePmd);
                }

                WarnOfBadPmd(vmf, pmd); // pte_alloc_one_map() asks in the same order as handle_pte_fault()
                return VmFault.NoPage; // pmd_devmap_trans_unstable()
            }
        }

        bool locked = Machine.Current.Version.Mutation != Mutation.NoPtlInFinishFault;
        if (locked)
        {
            await vmf.Ptl.Lock();
        }

        if (await PageTable.IsFreed(vmf))
        {
            Unlock(vmf, locked);
            return VmFault.NoPage;
        }

        if (!vmf.Pte.Get().IsNone)
        {
            Sites.Reach(Mark.FinishFaultPtePresent);
            Unlock(vmf, locked);
            return VmFault.NoPage;
        }

        Pte pte = Pte.ReadOnly(page);
        if (vmf.IsWrite)
        {
            pte = MaybeMkWrite(pte.MkDirty(), vmf.Vma);
        }

        await PageTable.SetPteAt(vmf.Pte, pte);
        Unlock(vmf, locked);
        return VmFault.None;
    }

    /// <summary>include/linux/mm.h maybe_mkwrite(): writable if the mapping is.</summary>
    private static Pte MaybeMkWrite(Pte pte, Vma vma) => vma.IsWritable ? pte.MkWrite() : pte;

    private static void Unlock(VmFaultInfo vmf, bool locked)
    {
        if (locked)
        {
            vmf.Ptl.Unlock();
        }
    }
}
