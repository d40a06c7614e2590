namespace Faultline.Litmus.Tests;

public class NearestNameTests
{
    [Theory]
    [InlineData("", "", 0)]
    [InlineData("abc", "", 3)]
    [InlineData("read", "raed", 1)]
    [InlineData("madvise", "madvize", 1)]
    [InlineData("write", "wirtes", 2)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance(string left, string right, int expected)
    {
        Assert.Equal(expected, NearestName.Distance(left, right));
        Assert.Equal(expected, NearestName.Distance(right, left));
    }

    [Theory]
    [InlineData("raed", "read")]
    [InlineData("madvice", "madvise")]
    [InlineData("v4.21", "v4.12")]
    [InlineData("B", null)]
    [InlineData("completely_else", null)]
    [InlineData("", null)]
    public void Finds_what_is_near(string name, string? expected) =>
        Assert.Equal(expected, NearestName.Find(name, ["read", "write", "madvise", "v4.12", "v4.20", "A"]));
}
