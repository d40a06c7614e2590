using Faultline.Engine.Coroutines;
using Faultline.Kernel.Checks;
using Faultline.Kernel.Fs;
using Faultline.Kernel.User;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory.c: stores to a page that is mapped read-only.</summary>
internal static partial class Memory
{
    /// <summary>
    /// mm/memory.c do_wp_page(). Entered with ptl held and the PTE unchanged since it was first seen; drops ptl. It cannot tell
    /// "zero page to writable" from "read-only DAX to writable": neither has a struct page (before v6.15).
    /// </summary>
    private static async Call<VmFault> DoWpPage(VmFaultInfo vmf)
    {
        Pfn page = vmf.OrigPte.Pfn;
        if (!PageTable.HasNormalPage(vmf.OrigPte) || page.IsBlock)
        {
            if (vmf.Vma.IsShared)
            {
                return await WpPfnShared(vmf); // v6.15 tests is_fsdax_page() to come here
            }

            vmf.Ptl.Unlock(); // v6.15 takes a reference on a DAX page first; nobody frees blocks here
            return await WpPageCopy(vmf);
        }

        if (page.IsAnon && PageAllocator.CountOf(page) == 1)
        {
            return await WpPageReuse(vmf); // its one user owns it
        }

        if (page.IsAnon)
        {
            PageAllocator.GetPage(page);
            vmf.Ptl.Unlock();
            VmFault copied = await WpPageCopy(vmf);
            PageAllocator.FreePage(page);
            return copied;
        }

        if (vmf.Vma.IsShared)
        {
            return await WpPageShared(vmf);
        }

        vmf.Ptl.Unlock();
        return await WpPageCopy(vmf);
    }

    /// <summary>mm/memory.c wp_pfn_shared(): asks the filesystem's pfn_mkwrite.</summary>
    private static async Call<VmFault> WpPfnShared(VmFaultInfo vmf)
    {
        vmf.Ptl.Unlock();
        if (!VmfCanCallFault(vmf))
        {
            return VmFault.Retry;
        }

        vmf = vmf with { Flags = vmf.Flags | FaultFlags.MkWrite };
        VmFault ret = await FilesystemOps.PfnMkwrite(vmf);
        if ((ret & (VmFault.Error | VmFault.NoPage)) != 0)
        {
            return ret;
        }

        return await FinishMkwriteFault(vmf);
    }

    /// <summary>mm/memory.c wp_page_shared() with do_page_mkwrite(): a page-cache page of zeroes under a shared mapping (before v4.14).</summary>
    private static async Call<VmFault> WpPageShared(VmFaultInfo vmf)
    {
        vmf.Ptl.Unlock();
        return await FilesystemOps.PageMkwrite(vmf with { Flags = vmf.Flags | FaultFlags.MkWrite });
    }

    /// <summary>mm/memory.c finish_mkwrite_fault(): makes the PTE writable if it is still the one that faulted.</summary>
    public static async Call<VmFault> FinishMkwriteFault(VmFaultInfo vmf)
    {
        await vmf.Ptl.Lock();
        if (vmf.Pte.Get() != vmf.OrigPte)
        {
            Sites.Reach(Mark.FinishMkwriteFaultPteChanged);
            vmf.Ptl.Unlock();
            return VmFault.NoPage;
        }

        await WpPageReuse(vmf);
        return VmFault.None;
    }

    /// <summary>mm/memory.c wp_page_reuse(): makes the PTE that is there dirty and writable. Drops ptl.</summary>
    private static async Call<VmFault> WpPageReuse(VmFaultInfo vmf)
    {
        await PageTable.PtepSetAccessFlags(vmf.Pte, MaybeMkWrite(vmf.Pte.Get().MkDirty(), vmf.Vma));
        vmf.Ptl.Unlock();
        return VmFault.Write;
    }

    /// <summary>
    /// mm/memory.c wp_page_copy(): the private copy of a page that is mapped read-only. Copies without ptl, then installs the copy
    /// only if the PTE is still the one that faulted.
    /// </summary>
    private static async Call<VmFault> WpPageCopy(VmFaultInfo vmf)
    {
        vmf.Vma.NoteAnonVma();
        Pfn newPage = PageAllocator.AllocPage(vmf.Vma, vmf.Page);
        CopyResult copied = await CopyOldPage(vmf, newPage);
        if (copied == CopyResult.Retry)
        {
            PageAllocator.FreePage(newPage);
            return VmFault.None;
        }

        await vmf.Ptl.Lock();
        if (vmf.Pte.Get() != vmf.OrigPte)
        {
            Sites.Reach(Mark.WpPageCopyPteChanged);
            vmf.Ptl.Unlock();
            PageAllocator.FreePage(newPage);
            return VmFault.None;
        }

        Invariants.CheckCopy(vmf, copied == CopyResult.ZeroFilled);
        await PageTable.PtepClearFlush(vmf.Vma, vmf.Page);
        await PageTable.SetPteAt(vmf.Pte, MaybeMkWrite(Pte.ReadOnly(newPage).MkDirty(), vmf.Vma));
        if (vmf.OrigPte.Pfn.IsAnon)
        {
            PageAllocator.FreePage(vmf.OrigPte.Pfn); // a copy of a copy (fork): one PTE less maps the old one
        }

        vmf.Ptl.Unlock();
        if (vmf.OrigPte.Pfn.IsBlock)
        {
            await Gup.WakeIdle();
        }

        return VmFault.Write;
    }

    private static Call<CopyResult> CopyOldPage(VmFaultInfo vmf, Pfn to)
    {
        if (vmf.OrigPte.Pfn == Pfn.Zero)
        {
            PageData.ClearUnreachable(to); // a zeroed page is allocated; nothing is read
            return new Call<CopyResult>(CopyResult.Copied, done: true);
        }

        return PageTable.HasNormalPage(vmf.OrigPte) ? CopyUserHighpage(vmf.OrigPte.Pfn, to) : CowUserPage(vmf, to);
    }

    /// <summary>include/linux/highmem.h copy_user_highpage(): from the page itself, whatever the PTE says by now.</summary>
    private static async Call<CopyResult> CopyUserHighpage(Pfn from, Pfn to)
    {
        for (int word = 0; word < PageData.WordsPerPage; word++)
        {
            int value = await PageData.Word(from, word).ReadOnce();
            PageData.Word(to, word).Raw = value;
        }

        return CopyResult.Copied;
    }

    /// <summary>
    /// mm/memory.c cow_user_page() (v4.12), __wp_page_copy_user() (v6.12): there is no struct page, so it copies from the user's
    /// address, with page faults off; that fails when the PTE is gone by then.
    /// </summary>
    private static async Call<CopyResult> CowUserPage(VmFaultInfo vmf, Pfn to)
    {
        if (await CopyFromUserInatomic(vmf, to))
        {
            return CopyResult.Copied;
        }

        Sites.Reach(Mark.CowUserPageFailed);
        PageData.ClearUnreachable(to);
        if (Machine.Current.Version.CowCopyFailure == CowCopyFailure.ZeroFill)
        {
            return CopyResult.ZeroFilled;
        }

        await vmf.Ptl.Lock();
        if (vmf.Pte.Get() != vmf.OrigPte)
        {
            vmf.Ptl.Unlock();
            return CopyResult.Retry;
        }

        bool copied = await CopyFromUserInatomic(vmf, to);
        if (!copied)
        {
            Sites.Warn("cow_user_page");
            PageData.ClearUnreachable(to);
        }

        vmf.Ptl.Unlock();
        return copied ? CopyResult.Copied : CopyResult.ZeroFilled;
    }

    /// <summary>lib/usercopy.c __copy_from_user_inatomic(): true when the whole page was copied.</summary>
    private static async Call<bool> CopyFromUserInatomic(VmFaultInfo vmf, Pfn to)
    {
        for (int word = 0; word < PageData.WordsPerPage; word++)
        {
            bool more = word + 1 < PageData.WordsPerPage;
            AccessResult access = await Mmu.Load(vmf.Vma, vmf.Page, word, keepTranslation: more);
            if (access.IsFault)
            {
                return false;
            }

            PageData.Word(to, word).Raw = access.Value;
        }

        return true;
    }

    private enum CopyResult
    {
        Copied,
        ZeroFilled,
        Retry,
    }
}
