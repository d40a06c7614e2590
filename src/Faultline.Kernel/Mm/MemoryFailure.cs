using Faultline.Engine.Coroutines;
using Faultline.Kernel.Dax;
using Faultline.Kernel.Values;

namespace Faultline.Kernel.Mm;

/// <summary>mm/memory-failure.c, for DAX pages (v4.19).</summary>
internal static class MemoryFailure
{
    /// <summary>
    /// mm/madvise.c madvise_inject_error(), MADV_HWPOISON, with memory_failure_dev_pagemap(): locks the entry of the page, unmaps the page
    /// everywhere, unlocks. The signals to the processes that map it are not modelled.
    /// </summary>
    [KernelName("memory_failure_dev_pagemap")]
    public static async Call<VmFault> MadviseInjectError(Vma vma, int page)
    {
        PinResult pinned = await Gup.GetUserPagesFast(vma, page, write: false);
        if (pinned.Fault != VmFault.None)
        {
            return pinned.Fault;
        }

        await Gup.PutPage(pinned.Pfn);
        if (!pinned.Pfn.IsBlock || !await DaxLayout.DaxLockPage(vma.Inode, page, pinned.Pfn))
        {
            return VmFault.None;
        }

        await Memory.UnmapMappingRange(vma.Inode, page, 1, evenCows: false);
        await DaxEntries.DaxUnlockEntry(vma.Inode, page);
        return VmFault.None;
    }
}
