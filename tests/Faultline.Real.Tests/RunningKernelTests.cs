using Faultline.Kernel.Versions;

namespace Faultline.Real.Tests;

public sealed class RunningKernelTests
{
    [Theory]
    [InlineData("4.12.14-default", "v4.12")]
    [InlineData("4.13.4", "v4.13")]
    [InlineData("4.19.0-27-amd64", "v4.19")]
    [InlineData("6.1.0-47-amd64", "v6.1")]
    [InlineData("6.12.100+deb12-amd64", "v6.12")]
    [InlineData("6.14", "v6.12")]
    [InlineData("7.3.4-amd64", "v7.3")]
    [InlineData("4.9.0", null)]
    [InlineData("unknown", null)]
    public void The_nearest_modelled_release_that_is_not_newer(string release, string? version) =>
        Assert.Equal(version, RunningKernel.Nearest(release, KernelVersions.All)?.Name);

    [Fact]
    public void This_machine_has_a_release() => Assert.NotEmpty(RunningKernel.Release());
}
