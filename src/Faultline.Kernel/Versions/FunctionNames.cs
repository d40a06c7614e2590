namespace Faultline.Kernel.Versions;

/// <summary>
/// What a kernel version calls a function, where the model names it after another version. The model's name is that of the version
/// its doc comment cites first; stacks are printed in the version's own names.
/// </summary>
public static class FunctionNames
{
    /// <summary>v4.12 to v4.14.</summary>
    public static IReadOnlyDictionary<string, string> RadixTreeEra { get; } = new Dictionary<string, string>
    {
        ["do_user_addr_fault"] = "__do_page_fault",
        ["ksys_read"] = "sys_read",
        ["ksys_write"] = "sys_write",
        ["do_madvise"] = "sys_madvise",
        ["get_unlocked_entry"] = "get_unlocked_mapping_entry",
        ["put_unlocked_entry"] = "put_unlocked_mapping_entry",
        ["dax_unlock_entry"] = "dax_unlock_mapping_entry",
        ["dax_wake_entry"] = "dax_wake_mapping_entry_waiter",
    };

    /// <summary>v4.20.</summary>
    public static IReadOnlyDictionary<string, string> XArrayEra { get; } = new Dictionary<string, string>
    {
        ["do_user_addr_fault"] = "__do_page_fault",
        ["do_madvise"] = "sys_madvise",
        ["unmap_mapping_range"] = "unmap_mapping_pages",
        ["lock_slot"] = "dax_lock_entry",
        ["dax_insert_mapping_entry"] = "dax_insert_entry",
        ["vm_insert_mixed"] = "vmf_insert_mixed",
        ["vm_insert_mixed_mkwrite"] = "vmf_insert_mixed_mkwrite",
    };

    /// <summary>v6.12.</summary>
    public static IReadOnlyDictionary<string, string> IterEra { get; } = new Dictionary<string, string>(Without(XArrayEra, "do_user_addr_fault", "do_madvise"))
    {
        ["cow_user_page"] = "__wp_page_copy_user",
        ["dax_insert_mapping"] = "dax_fault_iter",
    };

    /// <summary>v6.15.</summary>
    public static IReadOnlyDictionary<string, string> RefcountedEra { get; } = new Dictionary<string, string>(IterEra)
    {
        ["insert_pfn"] = "insert_page_into_pte_locked",
        ["vm_insert_mixed"] = "vmf_insert_page_mkwrite",
        ["vm_insert_mixed_mkwrite"] = "vmf_insert_page_mkwrite",
    };

    private static IEnumerable<KeyValuePair<string, string>> Without(IReadOnlyDictionary<string, string> names, params string[] but) =>
        names.Where(n => !but.Contains(n.Key));
}
