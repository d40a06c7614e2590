using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: from the trap to the filesystem's handler, and the private copy's PTE.</summary>
internal static partial class Memory
{
    /// <summary>mm/memory.c handle_mm_fault() and __handle_mm_fault(). Huge pages are not modelled: every PMD is a page table.</summary>
    public static async Call<VmFault> HandleMmFault(VmFaultInfo vmf) => await HandlePteFault(vmf);

    /// <summary>
    /// mm/memory.c handle_pte_fault(), v4.12 to v6.15. The first look at the PTE takes no lock; what it saw is compared under ptl
    /// before anything is changed.
    /// </summary>
    public static async Call<VmFault> HandlePteFault(VmFaultInfo vmf)
    {
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

    /// <summary>mm/memory.c do_fault(): nothing is mapped yet.</summary>
    private static Call<VmFault> DoFault(VmFaultInfo vmf)
    {
        if (!vmf.IsWrite)
        {
            return DoReadFault(vmf);
        }

        return vmf.Vma.IsShared ? DoSharedFault(vmf) : DoCowFault(vmf);
    }

    /// <summary>mm/memory.c do_read_fault(). Fault-around (XFS, before v4.14) is not modelled.</summary>
    private static async Call<VmFault> DoReadFault(VmFaultInfo vmf) => await FilesystemOps.Fault(vmf);

    /// <summary>mm/memory.c do_cow_fault(): a private store where nothing is mapped.</summary>
    private static async Call<VmFault> DoCowFault(VmFaultInfo vmf)
    {
        vmf = vmf with { CowPage = PageAllocator.AllocPage() };
        VmFault ret = await FilesystemOps.Fault(vmf);
        if ((ret & (VmFault.Error | VmFault.NoPage | VmFault.Retry)) != 0)
        {
            PageAllocator.FreePage(vmf.CowPage);
        }

        return ret; // VM_FAULT_DONE_COW: the handler installed the page
    }

    /// <summary>mm/memory.c do_shared_fault(). DAX answers VM_FAULT_NOPAGE, so page_mkwrite is not reached from here.</summary>
    private static async Call<VmFault> DoSharedFault(VmFaultInfo vmf) => await FilesystemOps.Fault(vmf);

    /// <summary>mm/memory.c finish_fault() with alloc_set_pte(): maps the private copy, or a page-cache page read-only, unless a PTE is there.</summary>
    public static async Call<VmFault> FinishFault(VmFaultInfo vmf, Pfn page)
    {
        bool locked = Machine.Current.Version.Mutation != Versions.Mutation.NoPtlInFinishFault;
        if (locked)
        {
            await vmf.Ptl.Lock();
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
