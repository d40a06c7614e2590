namespace Faultline.Kernel.Versions;

/// <summary>
/// What kernel versions call functions and locks that the model names after another version. The model's name is that of the version
/// its doc comment cites first; stacks are printed in the version's own names.
/// </summary>
public static class FunctionNames
{
    private static readonly Release Oldest = new(0, 0);
    private static readonly Release Newest = new(int.MaxValue, 0);
    private static readonly Release V414 = new(4, 14);
    private static readonly Release V416 = new(4, 16);
    private static readonly Release V417 = new(4, 17);
    private static readonly Release V419 = new(4, 19);
    private static readonly Release V420 = new(4, 20);
    private static readonly Release V52 = new(5, 2);
    private static readonly Release V56 = new(5, 6);
    private static readonly Release V515 = new(5, 15);
    private static readonly Release V516 = new(5, 16);
    private static readonly Release V615 = new(6, 15);

    private static readonly (string Model, string Kernel, Release From, Release Before)[] Table =
    [
        ("do_user_addr_fault", "__do_page_fault", Oldest, V52),
        ("__xfs_filemap_fault", "xfs_filemap_fault", Oldest, V414),
        ("ksys_read", "sys_read", Oldest, V417),
        ("ksys_write", "sys_write", Oldest, V417),
        ("do_madvise", "sys_madvise", Oldest, V56),
        ("get_unlocked_entry", "get_unlocked_mapping_entry", Oldest, V420),
        ("put_unlocked_entry", "put_unlocked_mapping_entry", Oldest, V420),
        ("dax_unlock_entry", "dax_unlock_mapping_entry", Oldest, V420),
        ("dax_wake_entry", "dax_wake_mapping_entry_waiter", Oldest, V420),
        ("unmap_mapping_range", "unmap_mapping_pages", V416, Newest),
        ("lock_slot", "dax_lock_entry", V420, Newest),
        ("dax_insert_mapping_entry", "dax_insert_entry", V420, Newest),
        ("vm_insert_mixed", "vmf_insert_mixed", V419, V615),
        ("vm_insert_mixed_mkwrite", "vmf_insert_mixed_mkwrite", V419, V615),
        ("vm_insert_mixed", "vmf_insert_page_mkwrite", V615, Newest),
        ("vm_insert_mixed_mkwrite", "vmf_insert_page_mkwrite", V615, Newest),
        ("insert_pfn", "insert_page_into_pte_locked", V615, Newest),
        ("cow_user_page", "__wp_page_copy_user", V516, Newest),
        ("dax_insert_mapping", "dax_fault_iter", V516, Newest),
    ];

    /// <summary>The names that a release has and the model has not, by the model's name.</summary>
    public static IReadOnlyDictionary<string, string> Of(Release release) =>
        Table.Where(t => t.From <= release && release < t.Before).ToDictionary(t => t.Model, t => t.Kernel);

    /// <summary>mapping->invalidate_lock took the place of the filesystems' own locks: 730633f0b7f9, d4f5258eae7b (ext4), 2433480a7e1d (XFS).</summary>
    public static bool HasInvalidateLock(string version) => Release.Parse(version) >= V515;
}
