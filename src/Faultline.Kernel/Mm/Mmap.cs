using Faultline.Engine.Coroutines;
using Faultline.Engine.Sync;
using Faultline.Kernel.Programs;
using Faultline.Kernel.Values;
using Faultline.Kernel.Versions;

namespace Faultline.Kernel.Mm;

/// <summary>mm/mmap.c, mm/mprotect.c and kernel/fork.c: changes of mappings, under mmap_lock held for writing.</summary>
internal static class Mmap
{
    /// <summary>mm/mmap.c do_munmap(): the mapping is gone for new faults; then everything in it is.</summary>
    public static async Call DoMunmap(Vma vma)
    {
        await vma.MmapLock.DownWrite();
        await VmaStartWrite(vma);
        if (vma.IsMapped)
        {
            await UnmapRegion(vma);
        }

        VmaEndWrite(vma);
        vma.MmapLock.UpWrite();
    }

    /// <summary>
    /// mm/mmap.c unmap_region(), mm/vma.c vms_clear_ptes() (v6.12): clears what is mapped, takes the VMA out of the file's mapping, frees
    /// the page tables, and flushes last. A layout change in between does not see the VMA, hence flushes nothing. b67fbebd4cf9 (v5.19)
    /// flushes first for VM_PFNMAP and VM_MIXEDMAP, which a DAX mapping has not been since e1fb4a086495 (v4.19). Where DAX pages are
    /// counted (v6.15), the zap flushes at once after a dirty PTE, and the gather holds on to the pages of others until it has flushed, for
    /// which layout changes wait: told here as a flush that comes first.
    /// </summary>
    private static async Call UnmapRegion(Vma vma)
    {
        bool pagesAreHeld = Machine.Current.Version.DaxPages == DaxPages.Refcounted;
        bool cleared = await Memory.UnmapPageRange(vma, vma.FirstPage, vma.EndPage, evenCows: true);
        if (pagesAreHeld)
        {
            await Memory.TlbFinishMmu(vma, vma.FirstPage, vma.EndPage, cleared);
        }

        await vma.Inode.IMmapRwsem.DownWrite();
        await vma.State.Write(0);
        vma.Inode.IMmapRwsem.UpWrite();
        await FreePgtables(vma);
        if (!pagesAreHeld)
        {
            await Memory.TlbFinishMmu(vma, vma.FirstPage, vma.EndPage, cleared);
        }
    }

    /// <summary>mm/memory.c free_pgtables(): nobody can reach the page tables any more.</summary>
    private static async Call FreePgtables(Vma vma)
    {
        if (!vma.HasRoomForHuge)
        {
            return;
        }

        await vma.PmdLock.Lock();
        for (int pmd = 0; pmd <= vma.PmdOf(vma.Pages - 1); pmd++)
        {
            if (vma.Pmd(pmd).Get().IsTable)
            {
                await PageTable.SetPmdAt(vma.Pmd(pmd), Pmd.None);
            }
        }

        vma.PmdLock.Unlock();
    }

    /// <summary>
    /// mm/mprotect.c mprotect_fixup() with change_pte_range(): new rights for the mapping, then for each PTE. A shared mapping of a DAX
    /// file gets its write bits back by faults, except where a PTE is dirty: its entry is DIRTY then.
    /// </summary>
    [KernelName("mprotect_fixup")]
    public static async Call DoMprotect(Vma vma, bool writable)
    {
        await vma.MmapLock.DownWrite();
        await VmaStartWrite(vma);
        if (vma.IsMapped)
        {
            await vma.State.Write(Vma.StateOf(writable) | (vma.MayHaveCopies ? Vma.AnonVmaFlag : 0));
            await ChangeProtection(vma, writable);
        }

        VmaEndWrite(vma);
        vma.MmapLock.UpWrite();
    }

    /// <summary>mm/mprotect.c change_protection().</summary>
    private static async Call ChangeProtection(Vma vma, bool writable)
    {
        for (int page = vma.FirstPage; page < vma.EndPage; page++)
        {
            if (vma.HasRoomForHuge)
            {
                Pmd pmd = await vma.Pmd(vma.PmdOf(page)).ReadOnce();
                if (pmd.IsHuge)
                {
                    await HugeMemory.ChangeHugePmd(vma, vma.PmdOf(page), writable);
                    page = vma.EndPageOf(vma.PmdOf(page)) - 1;
                    continue;
                }
            }

            await vma.PtlOf(page).Lock();
            Pte pte = vma.Pte(page).Get();
            if (pte.IsPresent)
            {
                await PageTable.PtepModify(vma.Pte(page), NewRights(vma, pte, writable));
            }

            vma.PtlOf(page).Unlock();
        }

        await Tlb.FlushTlbRange(vma, vma.FirstPage, vma.EndPage - vma.FirstPage);
    }

    private static Pte NewRights(Vma vma, Pte pte, bool writable) =>
        writable && vma.IsShared && pte.IsDirty ? pte.MkWrite() : pte.WrProtect();

    /// <summary>
    /// kernel/fork.c dup_mmap(): copies the mappings of this process into the child's, and the page tables of those that may have private
    /// copies; then the child runs.
    /// </summary>
    /// <param name="child">The thread that starts.</param>
    public static async Call DupMmap(int child)
    {
        int process = Machine.Current.Program.Threads[child].Process;
        RwSem parentLock = new(Machine.Current.Places.MmapLock + Machine.Current.Program.Processes[process].Parent);
        await parentLock.DownWrite();
        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            if (IsCopied(map, process))
            {
                await CopyVma(new Vma(Machine.Current.Maps[map].CopyOf), new Vma(map));
            }
        }

        for (int map = 0; map < Machine.Current.Maps.Length; map++)
        {
            if (IsCopied(map, process))
            {
                VmaEndWrite(new Vma(Machine.Current.Maps[map].CopyOf)); // all at once, when mmap_lock goes
            }
        }

        parentLock = new(Machine.Current.Places.MmapLock + Machine.Current.Program.Processes[process].Parent);
        parentLock.UpWrite();
        await new WaitQueue(Machine.Current.Places.ForkWaiters + child).WakeAll();
    }

    /// <summary>kernel/fork.c dup_mmap(), one mapping: the copy joins the file's mapping before its page table is filled.</summary>
    private static async Call CopyVma(Vma from, Vma to)
    {
        await VmaStartWrite(from);
        await from.Inode.IMmapRwsem.DownWrite();
        await to.State.Write(from.State.Raw);
        from.Inode.IMmapRwsem.UpWrite();
        if (from.MayHaveCopies || Machine.Current.Version.ForkCopy == ForkCopy.Copies)
        {
            await CopyPageRange(from, to);
        }
    }

    private static bool IsCopied(int map, int child)
    {
        MapSpec spec = Machine.Current.Maps[map];
        return spec.CopyOf >= 0 && spec.Process == child && new Vma(spec.CopyOf).IsMapped;
    }

    /// <summary>
    /// mm/memory.c copy_page_range() with copy_one_pte(): a private copy is shared read-only from now on; PTEs of the file are copied as they
    /// are, without the write bit in a private mapping. Huge PMDs of files are left to faults.
    /// </summary>
    private static async Call CopyPageRange(Vma from, Vma to)
    {
        bool protectedAny = false;
        for (int page = from.FirstPage; page < from.EndPage; page++)
        {
            if (from.HasRoomForHuge)
            {
                Pmd pmd = await from.Pmd(from.PmdOf(page)).ReadOnce();
                if (!pmd.IsTable)
                {
                    continue;
                }

                await PageTable.PteAlloc(to, to.PmdOf(page));
            }

            await from.PtlOf(page).Lock();
            Pte pte = from.Pte(page).Get();
            if (pte.IsPresent)
            {
                if (!from.IsShared && pte.IsWritable)
                {
                    pte = pte.WrProtect();
                    protectedAny = true;
                    await PageTable.PtepModify(from.Pte(page), pte);
                }

                if (pte.Pfn.IsAnon)
                {
                    PageAllocator.GetPage(pte.Pfn);
                }

                await CopyPte(to, page, from.IsShared ? pte.MkClean() : pte);
            }

            from.PtlOf(page).Unlock();
        }

        if (protectedAny)
        {
            await Tlb.FlushTlbRange(from, from.FirstPage, from.EndPage - from.FirstPage);
        }
    }

    /// <summary>mm/memory.c copy_present_pte(): the child's page table is reachable by the file's unmapping already, hence its own lock.</summary>
    private static async Call CopyPte(Vma to, int page, Pte pte)
    {
        await to.PtlOf(page).Lock();
        await PageTable.SetPteAt(to.Pte(page), pte);
        to.PtlOf(page).Unlock();
    }

    /// <summary>include/linux/mm.h vma_start_write() (v6.4): waits for faults under the VMA's lock.</summary>
    private static async Call VmaStartWrite(Vma vma)
    {
        if (Machine.Current.Version.VmaLock == VmaLock.Tried)
        {
            await vma.Lock.DownWrite();
        }
    }

    /// <summary>include/linux/mm.h vma_end_write_all(), with mmap_write_unlock().</summary>
    private static void VmaEndWrite(Vma vma)
    {
        if (Machine.Current.Version.VmaLock == VmaLock.Tried)
        {
            vma.Lock.UpWrite();
        }
    }
}
