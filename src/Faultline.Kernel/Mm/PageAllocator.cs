using Faultline.Engine;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// Anonymous pages. A page is free, or has so many users: PTEs, and threads that zapped one and have not flushed yet. The lowest free
/// page is taken: which number a page has means nothing, so allocation is no scheduling point.
/// </summary>
internal static class PageAllocator
{
    private const int Free = 0;
    private const int CountMask = 0xff;
    private const int ZappedShift = 8; // + thread: that thread zapped a PTE of the page

    /// <summary>mm/page_alloc.c, as alloc_page_vma() serves a private copy. Never fails.</summary>
    public static Pfn AllocPage()
    {
        Machine machine = Machine.Current;
        Execution execution = Execution.Current;
        MachineLayout places = machine.Places;
        for (int page = execution.Word(places.AnonHint); page < places.AnonPages; page++)
        {
            ref int state = ref execution.Word(places.AnonState + page);
            if (state == Free)
            {
                state = 1;
                execution.Word(places.AnonHint) = page + 1;
                if (machine.Costs is { } costs)
                {
                    costs.AnonPages++;
                }

                return Pfn.Anon(page);
            }
        }

        throw new ModelException("out of anonymous pages: the machine's layout is too small");
    }

    /// <summary>mm/swap.c get_page(), with page_dup_rmap(): one more PTE maps the page.</summary>
    public static void GetPage(Pfn page) => Execution.Current.Word(Machine.Current.Places.AnonState + page.Index)++;

    /// <summary>The number of PTEs that map the page (page_count() of an anonymous page that nobody pinned).</summary>
    public static int CountOf(Pfn page) => Execution.Current.Word(Machine.Current.Places.AnonState + page.Index) & CountMask;

    /// <summary>mm/swap.c put_page(): frees the page with its last user.</summary>
    public static void FreePage(Pfn page)
    {
        ref int users = ref Execution.Current.Word(Machine.Current.Places.AnonState + page.Index);
        users = (users & ~CountMask) | ((users & CountMask) - 1);
        if (users == Free)
        {
            Recycle(page);
        }
    }

    /// <summary>A PTE of this page was zapped; the thread keeps the page until it has flushed.</summary>
    public static void DeferFree(Pfn page)
    {
        ref int users = ref Execution.Current.Word(Machine.Current.Places.AnonState + page.Index);
        users = (users - 1) | (1 << (ZappedShift + Execution.Current.Me));
    }

    /// <summary>mm/memory.c tlb_finish_mmu(), after the flush: gives back what this thread zapped.</summary>
    public static void FreeZapped()
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        int mine = 1 << (ZappedShift + execution.Me);
        for (int page = 0; page < places.AnonPages; page++)
        {
            ref int users = ref execution.Word(places.AnonState + page);
            if ((users & mine) != 0)
            {
                users &= ~mine;
                if (users == Free)
                {
                    Recycle(Pfn.Anon(page));
                }
            }
        }
    }

    /// <summary>True when nobody may touch the page any more.</summary>
    public static bool IsFree(Pfn page) => Execution.Current.Word(Machine.Current.Places.AnonState + page.Index) == Free;

    private static void Recycle(Pfn page)
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        for (int word = 0; word < Machine.Current.Program.WordsPerPage; word++)
        {
            PageData.Word(page, word).Raw = 0; // what a free page holds tells states apart for nothing
        }

        ref int hint = ref execution.Word(places.AnonHint);
        hint = Math.Min(hint, page.Index);
    }
}
