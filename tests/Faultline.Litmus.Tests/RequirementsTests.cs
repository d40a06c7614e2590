using Faultline.Kernel.Fs;
using Faultline.Kernel.Versions;
using Faultline.Litmus.Compile;

namespace Faultline.Litmus.Tests;

public class RequirementsTests
{
    private const string Test =
        """
        DAX t
        {
          file f = [block 7, hole];
          map A = mmap(f, shared, rw);
          map B = mmap(f, shared, rw, sync);
        }
         P0                      | P1 ;
         repeat 2 {              |    ;
         madvise(A[0], HWPOISON) |    ;
         }                       | reflink(f[0], f[1]) ;
        exists true
        """;

    [Theory]
    [InlineData(
        "v4.12", FilesystemKind.Xfs,
        "t.litmus:5:7: MAP_SYNC needs v4.15; v4.12 does not have it",
        "t.litmus:9:2: HWPOISON of a DAX page needs v4.19; v4.12 does not have it",
        "t.litmus:10:28: reflink with DAX needs v6.0; v4.12 does not have it")]
    [InlineData(
        "v4.15", FilesystemKind.Xfs,
        "t.litmus:9:2: HWPOISON of a DAX page needs v4.19; v4.15 does not have it",
        "t.litmus:10:28: reflink with DAX needs v6.0; v4.15 does not have it")]
    [InlineData("v4.19", FilesystemKind.Xfs, "t.litmus:10:28: reflink with DAX needs v6.0; v4.19 does not have it")]
    [InlineData("v5.19", FilesystemKind.Ext4, "t.litmus:10:28: reflink needs XFS; ext4 does not have it")]
    [InlineData("v6.1", FilesystemKind.Ext4, "t.litmus:10:28: reflink needs XFS; ext4 does not have it")]
    [InlineData("v6.1", FilesystemKind.Xfs)]
    public void What_is_missing_and_where(string version, FilesystemKind filesystem, params string[] expected) =>
        Assert.Equal(expected, Unmet(Test, version, filesystem));

    [Fact]
    public void An_experiment_is_named_in_full() => Assert.Equal(
        "t.litmus:5:7: MAP_SYNC needs v4.15; v4.12+pfn-warn does not have it",
        Unmet(Test, "v4.12+pfn-warn", FilesystemKind.Xfs)[0]);

    [Theory]
    [InlineData(Samples.Generic437)]
    [InlineData(Samples.Everything)]
    public void What_is_everywhere_needs_nothing(string test)
    {
        foreach (KernelVersion version in KernelVersions.All)
        {
            Assert.Empty(Requirements.Unmet(Samples.Parse(test), version, FilesystemKind.Ext4));
        }
    }

    [Fact]
    public void Other_operations_are_in_the_oldest_version() => Assert.Empty(Unmet(
        Samples.OneThread(
            "fallocate(f[0], COLLAPSE_RANGE)", "fallocate(f[0], INSERT_RANGE)", "read_direct(A[0], 1)", "fsync(f)", "msync(A)", "ftruncate(f, 0)",
            "munmap(B)", "mprotect(A, r)", "drop_caches", "clwb(A[0])", "sfence", "crash"),
        "v4.10", FilesystemKind.Ext4));

    private static string[] Unmet(string test, string version, FilesystemKind filesystem)
    {
        KernelVersion? kernel = KernelVersions.Find(version);
        Assert.NotNull(kernel);
        return [.. Requirements.Unmet(Samples.Parse(test), kernel, filesystem).Select(d => d.ToString())];
    }
}
