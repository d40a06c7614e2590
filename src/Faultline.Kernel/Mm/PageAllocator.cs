using Faultline.Engine;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>
/// Anonymous pages. A page is free, or has so many users: PTEs, and threads that zapped one and have not flushed yet. Which number a
/// page has means nothing, so allocation is no scheduling point; and so that states do not differ by numbers, each page of a private
/// mapping has one that is its own, and each thread some for when that one is taken. Where threads have equal programs, all share those: no
/// number tells which thread allocated a page.
/// </summary>
internal static class PageAllocator
{
    private const int Free = 0;
    private const int CountMask = 0xff;
    internal const int ZappedShift = 8; // + thread: that thread zapped a PTE of the page

    /// <summary>mm/page_alloc.c, as alloc_page_vma() serves a private copy. Never fails.</summary>
    /// <param name="vma">The mapping it is for.</param>
    /// <param name="page">The page of the mapping's file.</param>
    public static Pfn AllocPage(Vma vma, int page)
    {
        Execution execution = Execution.Current;
        MachineLayout places = Machine.Current.Places;
        int number = places.FirstAnonPage[vma.Index] + page;
        if (execution.Read(places.AnonState + number) != Free)
        {
            number = places.FirstAnonPage[^1] + (Machine.Current.HasEqualThreads ? 0 : execution.Me * MachineLayout.AnonPagesInFlight);
            while (execution.Read(places.AnonState + number) != Free)
            {
                number++;
            }
        }

        execution.Word(places.AnonState + number) = 1;
        if (Machine.Current.Costs is { } costs)
        {
            costs.AnonPages++;
        }

        return Pfn.Anon(number);
    }

    /// <summary>mm/swap.c get_page(), with page_dup_rmap(): one more PTE maps the page.</summary>
    public static void GetPage(Pfn page) => Execution.Current.Word(Machine.Current.Places.AnonState + page.Index)++;

    /// <summary>The number of PTEs that map the page (page_count() of an anonymous page that nobody pinned).</summary>
    public static int CountOf(Pfn page) => Execution.Current.Read(Machine.Current.Places.AnonState + page.Index) & CountMask;

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
            if ((execution.Read(places.AnonState + page) & mine) != 0)
            {
                ref int users = ref execution.Word(places.AnonState + page);
                users &= ~mine;
                if (users == Free)
                {
                    Recycle(Pfn.Anon(page));
                }
            }
        }
    }

    /// <summary>True when nobody may touch the page any more.</summary>
    public static bool IsFree(Pfn page) => Execution.Current.Read(Machine.Current.Places.AnonState + page.Index) == Free;

    private static void Recycle(Pfn page)
    {
        for (int word = 0; word < Machine.Current.Program.WordsPerPage; word++)
        {
            PageData.Word(page, word).Raw = 0; // what a free page holds tells states apart for nothing
        }
    }
}
